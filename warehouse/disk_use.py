"""What lies in the storage, by name and folder, and how much room it takes."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from warehouse.storage import FOLDERS, Storage


def stored_names(storage: Storage) -> list[str]:
    """Every model, dataset or comparison that has files."""
    folders = (folder for kind in FOLDERS for folder in storage.root.glob(f"{kind}/[!.]*/"))
    return sorted({folder.name for folder in folders})


def disk_use(storage: Storage, name: str) -> Mapping[Path, int]:
    """Bytes in each folder that there is of a model, dataset or comparison."""
    return {path: bytes_of(path) for path in storage.folders_of(name) if path.is_dir()}


def bytes_of(path: Path) -> int:
    """Bytes of a file, or of all files under a folder; 0 where there is nothing (any more)."""
    files = path.rglob("*") if path.is_dir() else (path,)
    return sum(_size(file) for file in files)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size if path.is_file() else 0
    except FileNotFoundError:  # a run that goes on has replaced it
        return 0


def free_bytes(path: Path) -> int:
    """Bytes free on the disk that holds ``path``, or will."""
    return shutil.disk_usage(next(p for p in (path, *path.parents) if p.exists())).free


def megabytes(size: int) -> str:
    """Bytes for a person to read, in units of 10^6 bytes."""
    return f"{size / 1e6:,.1f} MB"
