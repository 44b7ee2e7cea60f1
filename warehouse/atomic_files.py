"""Atomic writes: a reader sees the old file or the new one, never half of either."""

import errno
import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import file_digest
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from warehouse.errors import StorageError

TEMPORARY_PREFIX = ".tmp-"

CAUSES = {
    errno.ENOSPC: ("the disk is full", "free some space, then run the same command again"),
    errno.EDQUOT: ("the disk quota is used up", "free some space, then run the same command again"),
    errno.EFBIG: ("the system allows no larger file", "raise the limit that ulimit -f shows"),
    errno.ENOMEM: ("too little memory", "end other programs, then run the same command again"),
    errno.EACCES: ("no permission to write", "make the folder writable, or set RNNVIS_HOME"),
    errno.EROFS: ("the file system is read-only", "set RNNVIS_HOME to a writable folder"),
    errno.EPERM: ("no permission to write", "make the folder writable, or set RNNVIS_HOME"),
}


def explain(error: OSError, path: Path) -> StorageError:
    """Why ``path`` could not be written, and what to do about it."""
    unknown = (str(error), "repair what the message names, then run the same command again")
    cause, repair = CAUSES.get(error.errno or 0, unknown)
    return StorageError(f"{path}: {cause}; nothing was half-written", repair=repair)


def _temporary(path: Path) -> Path:
    return path.with_name(f"{TEMPORARY_PREFIX}{os.getpid()}-{path.name}")


def sync(path: Path) -> None:
    """Flushes one file or folder to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turns what the system says about ``path`` into a StorageError in plain words."""
    try:
        yield
    except StorageError:
        raise
    except OSError as error:
        raise explain(error, path) from error


@contextmanager
def atomic_file(path: Path) -> Iterator[Path]:
    """Yields a temporary path next to ``path``; on success it is synced and renamed to ``path``.

    Raises StorageError where the disk is full or the folder cannot be written.
    """
    temporary = _temporary(path)
    try:
        with explained(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            yield temporary
            sync(temporary)
            os.replace(temporary, path)
            sync(path.parent)
    finally:
        # A folder that cannot be written cannot be tidied either; the first error says so.
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


@contextmanager
def atomic_folder(path: Path) -> Iterator[Path]:
    """Yields an empty temporary folder that replaces the folder ``path`` on success.

    Raises StorageError where the disk is full or the parent cannot be written.
    """
    temporary, retired = _temporary(path), _temporary(path).with_suffix(".old")
    try:
        with explained(path):
            shutil.rmtree(temporary, ignore_errors=True)
            temporary.mkdir(parents=True)
            yield temporary
            shutil.rmtree(retired, ignore_errors=True)
            if path.exists():
                os.replace(path, retired)
            os.replace(temporary, path)
            sync(path.parent)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
        shutil.rmtree(retired, ignore_errors=True)


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """Yields an empty temporary folder that becomes the folder ``path`` on success, unless there is
    one by then: that stays, and the new one goes.

    No other process, on no other machine, has the same temporary folder. Raises StorageError where
    the disk is full or the parent cannot be written.
    """
    with explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(mkdtemp(prefix=f"{TEMPORARY_PREFIX}{os.getpid()}-", dir=path.parent))
    try:
        with explained(path):
            yield temporary
            try:
                temporary.rename(path)
            except OSError as error:
                if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                    raise
            sync(path.parent)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def remove_leftovers(folder: Path) -> list[Path]:
    """Removes what killed runs left in ``folder``, and copies of ``folder`` next to it.

    Returns what was removed. The caller holds the lock of whoever writes there.
    """
    own = re.compile(rf"{re.escape(TEMPORARY_PREFIX)}\d+-{re.escape(folder.name)}(\.old)?")
    copies = [
        path for path in folder.parent.glob(f"{TEMPORARY_PREFIX}*") if own.fullmatch(path.name)
    ]
    leftovers = sorted([*copies, *folder.rglob(f"{TEMPORARY_PREFIX}*")])
    for path in leftovers:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    return leftovers


def json_text(content: Any) -> str:
    """JSON with sorted keys, so that equal content gives equal text."""
    return json.dumps(content, indent=2, sort_keys=True) + "\n"


def write_json(path: Path, content: Any) -> None:
    """Writes JSON atomically."""
    write_text(path, json_text(content))


def write_text(path: Path, text: str) -> None:
    """Writes a text file atomically."""
    with atomic_file(path) as temporary:
        temporary.write_text(text, "utf-8")


def sha256_of_file(path: Path) -> str:
    """The hexadecimal SHA-256 of a file's bytes, read in a stream."""
    with path.open("rb") as stream:
        return file_digest(stream, "sha256").hexdigest()
