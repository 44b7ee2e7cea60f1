"""Whether a stored file is what was written: the one place that decides it, for all who ask.

Every file is recorded with its size and hash by the stage that wrote it. What is compared when:

- ``rnnvis list`` and pruning compare sizes: a look at the folders, whatever the files weigh.
- ``rnnvis materialize``, ``doctor`` and ``pack`` compare hashes of all files.
- A stage compares hashes of all that it is going to read, but for the parts of recordings.
- Who reads one file of its own compares what that file holds for it, whenever it is read: a part of
  a recording and a DuckDB file their checksum of every page or block, a JSON file its checksum, a
  checkpoint the hash of its weights.

So whatever reading one calls damaged, ``rnnvis materialize`` makes again.
"""

import time
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from warehouse.atomic_files import sha256_of_file
from warehouse.recordings import is_part

FileCheck = Callable[[Path, int, str], str | None]
"""What is wrong with the file at a path, given its size in bytes and its SHA-256, in words."""
_SETTLED_NS = 2_000_000_000
"""A file that was changed more recently may be changed again without a new time."""


def size_fault(path: Path, size: int, _: str) -> str | None:
    """Whether a file is gone or of another size."""
    if not path.is_file():
        return "is gone"
    found = path.stat().st_size
    return None if found == size else f"has {found} bytes, expected {size}"


def content_fault(path: Path, size: int, sha256: str) -> str | None:
    """Whether a file is gone, of another size, or holds anything else than was written."""
    fault = size_fault(path, size, sha256)
    if fault is None and known_sha256(path) != sha256:
        return "is damaged: its content is not what was written"
    return fault


def damage(path: Path, size: int, sha256: str) -> str | None:
    """``content_fault`` of a file that is there."""
    return content_fault(path, size, sha256) if path.exists() else None


def input_fault(path: Path, size: int, sha256: str) -> str | None:
    """``content_fault``, but of the parts of a recording, which are checked as they are read."""
    check = size_fault if is_part(path) else content_fault
    return check(path, size, sha256)


def known_sha256(path: Path) -> str:
    """The SHA-256 of a file, read once a process as long as its size and time stay."""
    found = path.stat()
    if time.time_ns() - found.st_mtime_ns < _SETTLED_NS:
        return sha256_of_file(path)
    return _sha256_of(path, found.st_size, found.st_mtime_ns, found.st_ino)


@lru_cache(maxsize=4096)
def _sha256_of(path: Path, *_: int) -> str:
    return sha256_of_file(path)
