"""The viewer's process gives memory back that its ended sessions held."""

import gc
import os
import subprocess
import sys
from weakref import ref

import pytest

from viewer.server.memory import ALLOCATOR, MemoryReturn

PROGRAM = """
import os
from viewer.server.memory import return_freed_memory, start_again_with_system_allocator
{begin}

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20

before = resident()
held = [[number] for number in range(1_000_000)]
most = resident()
held = held[::1000]
return_freed_memory()
print((resident() - before) / (most - before), os.environ.get("PYTHONMALLOC"))
"""


def _share_kept(begin: str, **environment: str) -> tuple[float, str]:
    """Of 100 MB of which one object in a thousand stays, the share that the process keeps; and what
    allocator its children are asked to use."""
    command = [sys.executable, "-c", PROGRAM.format(begin=begin)]
    inherited = {name: value for name, value in os.environ.items() if name not in ALLOCATOR}
    done = subprocess.run(
        command, env=inherited | environment, capture_output=True, text=True, check=True
    )
    share, allocator = done.stdout.split()
    return float(share), allocator


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="other systems' allocators return memory")
def test_memory_that_is_freed_piecemeal_goes_back_to_the_system() -> None:
    share, allocator = _share_kept("start_again_with_system_allocator()")
    assert share < 0.3
    assert allocator == "None"
    assert _share_kept("")[0] > 0.5


@pytest.mark.slow
def test_an_allocator_that_the_user_chose_stays() -> None:
    assert _share_kept("start_again_with_system_allocator()", PYTHONMALLOC="debug")[1] == "debug"


class _Session:
    """One whose objects refer to each other."""

    def __init__(self) -> None:
        self.itself = self


@pytest.mark.slow
def test_what_ended_sessions_held_is_freed_once_there_are_fewer() -> None:
    sessions = [_Session(), _Session()]
    last = ref(sessions[-1])
    memory = MemoryReturn(lambda: len(sessions))
    memory.look()
    gc.disable()
    try:
        del sessions[1]
        assert last() is not None
        memory.look()
        assert last() is None
    finally:
        gc.enable()


def test_nothing_is_collected_while_sessions_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    counts, collected = [1, 2, 2, 1, 1, 1, 0, 0, 0], []
    left = counts.copy()
    monkeypatch.setattr(
        "viewer.server.memory.return_freed_memory",
        lambda: collected.append(len(counts) - len(left)),
    )
    memory = MemoryReturn(lambda: left.pop(0))
    for _ in counts:
        memory.look()
    assert collected == [4, 5, 7, 8]
