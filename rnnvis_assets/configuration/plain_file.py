"""Which files that a person names are read: regular ones, of bounded size.

A pipe or a device would be read for ever.
"""

import errno
import stat
from pathlib import Path

MOST_TEXT_BYTES = 1 << 30
"""Of a text that is read at once."""


def require_plain_file(path: Path, most_bytes: int | None = None) -> None:
    """Raises OSError where ``path`` is no regular file, or holds more than ``most_bytes``; its
    ``strerror`` says what was found and expected."""
    found = path.stat()
    if not stat.S_ISREG(found.st_mode):
        kind = "a folder" if stat.S_ISDIR(found.st_mode) else "a pipe or a device"
        raise OSError(errno.EINVAL, f"found {kind}, expected a regular file", str(path))
    if most_bytes is not None and found.st_size > most_bytes:
        size = f"found {found.st_size:,} bytes, expected at most {most_bytes:,}"
        raise OSError(errno.EINVAL, size, str(path))


def read_plain_text(path: Path, encoding: str = "utf-8", most_bytes: int = MOST_TEXT_BYTES) -> str:
    """The text of a file. Raises OSError as ``require_plain_file`` does, and UnicodeDecodeError."""
    require_plain_file(path, most_bytes)
    return path.read_text(encoding)
