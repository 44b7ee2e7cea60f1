"""The viewer's process gives memory back that its ended sessions held."""

import os
import subprocess
import sys

import pytest

from viewer.server.memory import ALLOCATOR

PROGRAM = """
import gc, os
from viewer.server.memory import return_freed_memory, start_again_with_system_allocator
{begin}
return_freed_memory()

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20

before = resident()
held = [[number] for number in range(1_000_000)]
most = resident()
held = held[::1000]
gc.collect()
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


@pytest.mark.skipif(sys.platform != "linux", reason="other systems' allocators return memory")
def test_memory_that_is_freed_piecemeal_goes_back_to_the_system() -> None:
    share, allocator = _share_kept("start_again_with_system_allocator()")
    assert share < 0.3
    assert allocator == "None"
    assert _share_kept("")[0] > 0.5


def test_an_allocator_that_the_user_chose_stays() -> None:
    assert _share_kept("start_again_with_system_allocator()", PYTHONMALLOC="debug")[1] == "debug"
