"""What lies in a recording's folder: files that are read, those that are not, and leftovers.

Only regular files inside of it, of bounded size, are read: a pipe or a device would be read for
ever, and a link could lead anywhere.
"""

import re
import stat
from collections.abc import Iterator
from fnmatch import fnmatch
from itertools import chain
from pathlib import Path

from rnnvis_assets.configuration.plain_file import MOST_TEXT_BYTES
from rnnvis_assets.recording_import.recording_faults import RecordingFault, refuse_import

_LEFTOVERS = (
    ".*", "Thumbs.db", "ehthumbs.db", "desktop.ini", "Icon\r", "__MACOSX", "$RECYCLE.BIN",
    "System Volume Information", "lost+found", "*~", "__pycache__",
)  # fmt: skip
"""What operating systems and editors leave; nobody means it to be read."""

_ARRAYS = {".npy", ".npz", ".safetensors", ".parquet"}
_TEXTS = {".txt", ".json", ".yaml"}
_READ = re.compile(
    r".+\.(npy|npz|safetensors)|recording\.yaml|vocabulary\.(txt|json|parquet)|"
    r"(sentences|tokens)\.parquet|layer=\d{1,4}"
)
_ADVICE = {
    "recording.yml": "rename it recording.yaml",
    "*.parquet": "states are read from folders layer=0, layer=1, …",
    "*.h5": "docs/recording_format.md converts HDF5",
    "*.hdf5": "docs/recording_format.md converts HDF5",
    "*.zarr": "np.save each array",
    "*.pt": "np.save each tensor; nothing is unpickled",
    "*.pth": "np.save each tensor; nothing is unpickled",
    "*.pkl": "np.save each array; nothing is unpickled",
    "*.csv": "np.save each column, or write tokens.parquet",
    "vocab*": "the vocabulary is vocabulary.txt, .json or .parquet",
}


def is_leftover(path: Path) -> bool:
    """Whether an operating system or an editor left it there."""
    return any(fnmatch(path.name, pattern) for pattern in _LEFTOVERS)


def visible(folder: Path, pattern: str = "*") -> Iterator[Path]:
    """The entries of a folder by name, leftovers passed over."""
    return (path for path in sorted(folder.glob(pattern)) if not is_leftover(path))


def note_unread(folder: Path) -> list[str]:
    """A note with every file that is there but not read, and what to do where that was meant."""
    unread = [path for path in visible(folder) if not _READ.fullmatch(path.name)]
    unread += [path for path in visible(folder, "layer=*/*") if path.suffix != ".parquet"]
    if not unread:
        return []
    return [f"not read: {', '.join(_describe(path, folder) for path in unread)}"]


def _describe(path: Path, folder: Path) -> str:
    advice = (repair for pattern, repair in _ADVICE.items() if fnmatch(path.name, pattern))
    repair = next(advice, None)
    return f"{path.relative_to(folder)}{f' ({repair})' if repair else ''}"


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
