"""Which files of a recording's folder may be read: regular ones inside of it, of bounded size.

A pipe or a device would be read for ever, and a link could lead anywhere.
"""

import stat
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from rnnvis_assets.configuration.plain_file import MOST_TEXT_BYTES
from rnnvis_assets.recording_import.recording_faults import RecordingFault, refuse_import
from rnnvis_assets.recording_import.unread_files import visible

_ARRAYS = {".npy", ".npz", ".safetensors", ".parquet"}
_TEXTS = {".txt", ".json", ".yaml"}


def require_plain_files(folder: Path) -> None:
    """Raises RecordingError with every file that is read but is not a plain one."""
    paths = chain(visible(folder), visible(folder, "layer=*/*"))
    read = (path for path in paths if path.suffix in _ARRAYS | _TEXTS)
    faults = [fault for path in read for fault in _faults(path, folder)]
    if faults:
        raise refuse_import(folder, faults)


def _faults(path: Path, folder: Path) -> Iterator[RecordingFault]:
    where, target = str(path.relative_to(folder)), path.resolve()
    if not target.is_relative_to(folder.resolve()):
        found, expected = f"a link that leads to {target}", "a file inside of the folder"
        yield RecordingFault(where, found, expected, "copy the file into the folder")
    elif not target.exists():
        yield RecordingFault(where, "a link that leads nowhere", "a file", "copy the file")
    elif not stat.S_ISREG(target.stat().st_mode):
        found = "a folder" if target.is_dir() else "a pipe or a device"
        yield RecordingFault(where, found, "a regular file", "write its content to a file")
    elif path.suffix in _TEXTS and target.stat().st_size > MOST_TEXT_BYTES:
        found, expected = f"{target.stat().st_size:,} bytes", f"at most {MOST_TEXT_BYTES:,}"
        yield RecordingFault(where, found, expected, "leave out words that were never read")
