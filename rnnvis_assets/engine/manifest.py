"""A manifest: what one run of a stage read, wrote and measured."""

import json
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path

from rnnvis_assets.engine.stage import Figure
from warehouse.atomic_files import write_json
from warehouse.storage import Storage
from warehouse.table_content import content_sha256


@dataclass(frozen=True)
class Manifest:
    """What one run of a stage read, wrote and measured.

    ``fingerprint`` holds the version of everything that the run depended on, by name;
    ``data_version`` hashes what it wrote; ``files`` gives the size in bytes of each file, by its
    path under the storage root. ``run_id`` is Dagster's; it, the commit of the code and whether
    that was unchanged are None where there is none. ``pruned`` names files that were removed to
    free space: the data version still holds, since they would be made again as they were.
    """

    stage: str
    partition: str
    fingerprint: Mapping[str, str | None]
    data_version: str
    files: Mapping[str, int]
    row_counts: Mapping[str, int]
    figures: Mapping[str, Figure]
    seconds: float
    peak_memory_mib: float
    created_at: str
    run_id: str | None = None
    git_commit: str | None = None
    tree_clean: bool | None = None
    machine: str | None = None
    pruned: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not isinstance(self.fingerprint, Mapping):
            raise TypeError(f"fingerprint: found {self.fingerprint!r}, expected versions by name")
        object.__setattr__(self, "pruned", tuple(self.pruned))  # a list, as JSON has it


def read_manifest(storage: Storage, stage: str, partition: str) -> Manifest | None:
    """The manifest of the last finished run, or None where there is none that can be read."""
    try:
        return Manifest(**json.loads(storage.manifest(stage, partition).read_text("utf-8")))
    except (FileNotFoundError, NotADirectoryError, ValueError, TypeError):
        return None


def write_manifest(storage: Storage, manifest: Manifest) -> None:
    """Replaces the manifest of the stage and partition, atomically."""
    write_json(storage.manifest(manifest.stage, manifest.partition), asdict(manifest))


def missing_file(storage: Storage, manifest: Manifest) -> str | None:
    """The first file that is gone or of another size, in words; None where all are there that
    were not pruned."""
    for name, size in manifest.files.items():
        if name in manifest.pruned:
            continue
        path = storage.root / name
        if not path.is_file():
            return f"{name} is gone"
        if path.stat().st_size != size:
            return f"{name} has {path.stat().st_size} bytes, expected {size}"
    return None


def file_sizes(storage: Storage, files: Iterable[Path]) -> dict[str, int]:
    """Bytes of each file, by its path under the storage root."""
    return {str(path.relative_to(storage.root)): path.stat().st_size for path in files}


def data_version(parts: Iterable[Path | str]) -> str:
    """Hash of some texts, and of the names and the content of some files (a file's folder belongs
    to its name), without what clocks measured."""
    with ThreadPoolExecutor() as threads:
        hashes = sorted(threads.map(_content, parts))
    return sha256("\n".join(hashes).encode()).hexdigest()[:16]


def _content(part: Path | str) -> str:
    if isinstance(part, str):
        return part
    return f"{part.parent.name}/{part.name} {content_sha256(part)}"
