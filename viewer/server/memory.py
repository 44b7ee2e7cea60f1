"""Memory that ended sessions held goes back to the system.

Python's own allocator keeps every mebibyte in which a single object lives: after 20 sessions at
once the viewer held 285 MiB where one session had held 228, and kept them. The system's allocator
gives free pages back when asked: 235 MiB then. A process can only choose it before it starts.
"""

import ctypes
import gc
import os
import sys
from collections.abc import Callable, Mapping
from types import MappingProxyType

ALLOCATOR: Mapping[str, str] = MappingProxyType({"PYTHONMALLOC": "malloc", "MALLOC_ARENA_MAX": "2"})
"""The environment that makes a Python process use the system's allocator, with few heaps."""
LOOK_MS = 20_000
_LOOKS = 2


def start_again_with_system_allocator() -> None:
    """Replaces this process by one of the same command that uses the system's allocator, and
    returns in that one. Its own children use Python's. Nothing where the allocator cannot return
    memory on demand, or where the user chose one."""
    if ALLOCATOR.items() <= os.environ.items():
        for name in ALLOCATOR:
            del os.environ[name]
    elif _trim() and "PYTHONMALLOC" not in os.environ:
        sys.stdout.flush()
        os.execve(sys.executable, sys.orig_argv, {**os.environ, **ALLOCATOR})  # noqa: S606


def return_freed_memory() -> None:
    """Frees what nothing refers to, and returns free pages to the system."""
    gc.collect()
    if trim := _trim():
        trim(0)


class MemoryReturn:
    """Returns memory whenever sessions have ended. Panel collects garbage as well, but not always
    after the last of several that end together.

    ``count_sessions`` says how many there are.
    """

    def __init__(self, count_sessions: Callable[[], int]) -> None:
        self._count_sessions = count_sessions
        self._before = self._due = 0

    def look(self) -> None:
        """To be called now and then. What refers to an ended session for a little longer is gone
        at the second look."""
        now = self._count_sessions()
        if now < self._before:
            self._due = _LOOKS
        self._before = now
        if self._due:
            self._due -= 1
            return_freed_memory()


def _trim() -> Callable[[int], int] | None:
    """glibc's ``malloc_trim``; None on other systems."""
    if sys.platform != "linux":
        return None
    found: Callable[[int], int] | None = getattr(ctypes.CDLL(None), "malloc_trim", None)
    return found
