"""One archive of files under the storage root, each with its hash; it is read safely, whoever wrote
it: only files that its index names and that belong into the storage are written."""

import json
import sys
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import IO, Any

from warehouse.atomic_files import atomic_file, explain
from warehouse.errors import StorageError
from warehouse.storage import FOLDERS, NOTE_FOLDERS

INDEX, FORMAT = "rnnvis.json", 1
_BLOCK, _LARGEST_INDEX = 2**20, 2**24
_DAMAGES = (
    zipfile.BadZipFile, zlib.error, EOFError, ValueError, KeyError, TypeError, RuntimeError,
    FileExistsError, NotADirectoryError,
)  # fmt: skip
"""What reading a damaged archive, or one that was made to harm, may raise."""


@dataclass(frozen=True)
class PackedFile:
    """A file of an archive: its path under the storage root, its bytes and their hash."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Index:
    """What an archive holds: ``about`` is what its writer said of it."""

    about: Mapping[str, Any]
    files: tuple[PackedFile, ...]


def write_archive(path: Path, contents: Mapping[str, Path | bytes], about: Any) -> Index:
    """Packs files, or bytes, by their path under the storage root. The archive appears, complete,
    when all is written. Raises StorageError where it cannot be written."""
    with atomic_file(path) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        files = [_pack(archive, name, content) for name, content in contents.items()]
        index = {"format": FORMAT, "about": about, "files": [asdict(file) for file in files]}
        archive.writestr(INDEX, json.dumps(index, indent=1))
    return Index(about, tuple(files))


def _pack(archive: zipfile.ZipFile, name: str, content: Path | bytes) -> PackedFile:
    opened: IO[bytes] = BytesIO(content) if isinstance(content, bytes) else content.open("rb")
    with opened as source, archive.open(name, "w", force_zip64=True) as target:
        return PackedFile(name, *_copy(source, target))


def unpack_archive(path: Path, folder: Path) -> Index:
    """Unpacks an archive into an empty folder, every hash checked on the way.

    Raises StorageError, naming the first fault, where the archive is none of ours, damaged, or has
    a file that does not belong into a storage; the caller throws the folder away then.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            index = _read_index(archive)
            _require_same_names(archive, index)
            for file in index.files:
                _unpack(archive, file, folder / file.path)
    except FileNotFoundError as error:
        raise StorageError(f"there is no file {path}", repair="name an archive") from error
    except _DAMAGES as error:
        raise StorageError(
            f"{path} is no archive of rnnvis pack, or damaged: {error}", repair="pack it again"
        ) from error
    except OSError as error:
        raise explain(error, folder) from error
    return index


def _read_index(archive: zipfile.ZipFile) -> Index:
    if archive.getinfo(INDEX).file_size > _LARGEST_INDEX:
        raise ValueError(f"{INDEX} is larger than {_LARGEST_INDEX:,} bytes")
    content = json.loads(archive.read(INDEX))
    if content["format"] != FORMAT:
        raise ValueError(f"found format {content['format']}, expected {FORMAT}")
    files = tuple(PackedFile(**file) for file in content["files"])
    for file in files:
        _require_storage_path(file.path)
    return Index(content["about"], files)


def _require_storage_path(name: str) -> None:
    parts = PurePosixPath(name).parts
    inside = len(parts) > 2 and parts[0] in (*FOLDERS, *NOTE_FOLDERS) and "/".join(parts) == name
    if not inside or any(part.startswith(".") or set(part) & set("\\:\0") for part in parts):
        raise ValueError(f"{name!r} is no file of a model or dataset")


def _require_same_names(archive: zipfile.ZipFile, index: Index) -> None:
    found, expected = archive.namelist(), [*(file.path for file in index.files), INDEX]
    different = sorted(set(found) ^ set(expected))
    if different or len(set(found)) < len(found) or len(set(expected)) < len(expected):
        raise ValueError(f"its index does not fit its files: {different or 'a name stands twice'}")


def _unpack(archive: zipfile.ZipFile, file: PackedFile, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with archive.open(file.path) as source, target.open("xb") as written:
        found = _copy(source, written, file.size + 1)
    if found != (file.size, file.sha256):
        raise ValueError(f"{file.path} has another hash or size than the index says")


def _copy(source: IO[bytes], target: IO[bytes], most: int = sys.maxsize) -> tuple[int, str]:
    """Copies at most so many bytes; returns their number and their hash."""
    digest, size = sha256(), 0
    while block := source.read(min(_BLOCK, most - size)):
        target.write(block)
        digest.update(block)
        size += len(block)
    return size, digest.hexdigest()
