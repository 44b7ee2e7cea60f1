"""A manifest: what one run of a stage read, wrote and measured."""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path

from pydantic import TypeAdapter

from rnnvis_assets.engine.stage import Figure
from warehouse.atomic_files import sha256_of_file, write_text
from warehouse.checked_json import checked_json, parse_checked_json
from warehouse.storage import Storage
from warehouse.stored_files import FileCheck
from warehouse.table_content import content_sha256


@dataclass(frozen=True)
class Manifest:
    """What one run of a stage read, wrote and measured.

    ``fingerprint`` holds the version of everything that the run depended on, by name;
    ``data_version`` hashes what it wrote; ``files`` gives the size in bytes of each file, by its
    path under the storage root, ``sha256`` its hash. ``run_id`` is Dagster's; it, the commit of the
    code and whether that was unchanged are None where there is none. ``pruned`` names files that
    were removed to free space: the data version still holds, since they would be made again as they
    were.
    """

    stage: str
    partition: str
    fingerprint: Mapping[str, str | None]
    data_version: str
    files: Mapping[str, int]
    sha256: Mapping[str, str]
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


_SHAPE = TypeAdapter(Manifest)


def read_manifest(storage: Storage, stage: str, partition: str) -> Manifest | None:
    """The manifest of the last finished run, or None where there is none, or one that is damaged or
    of an earlier version."""
    try:
        text = storage.manifest(stage, partition).read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return parse_manifest(text, stage, partition)


def parse_manifest(text: bytes, stage: str, partition: str) -> Manifest | None:
    """The manifest that a text holds, None where that is damaged or of an earlier version."""
    try:
        found = _SHAPE.validate_python(parse_checked_json(text))
    except ValueError:
        return None
    named = (found.stage, found.partition) == (stage, partition)
    return found if named and found.files.keys() == found.sha256.keys() else None


def write_manifest(storage: Storage, manifest: Manifest) -> None:
    """Replaces the manifest of the stage and partition, atomically."""
    write_text(storage.manifest(manifest.stage, manifest.partition), manifest_text(manifest))


def manifest_text(manifest: Manifest) -> str:
    """The text of the file that a manifest is kept in."""
    return checked_json(asdict(manifest))


def first_fault(storage: Storage, manifest: Manifest, check: FileCheck) -> str | None:
    """The first file that ``check`` finds something wrong with, in words; None where all are well
    that were not pruned."""
    names = [name for name in manifest.files if name not in manifest.pruned]

    def fault(name: str) -> str | None:
        found = check(storage.root / name, manifest.files[name], manifest.sha256[name])
        return found and f"{name} {found}"

    with ThreadPoolExecutor() as threads:
        return next(filter(None, threads.map(fault, names)), None)


def file_sizes(storage: Storage, files: Iterable[Path]) -> dict[str, int]:
    """Bytes of each file, by its path under the storage root."""
    return {str(path.relative_to(storage.root)): path.stat().st_size for path in files}


def file_hashes(files: Iterable[Path]) -> dict[Path, str]:
    """The SHA-256 of each file."""
    paths = tuple(files)
    with ThreadPoolExecutor() as threads:
        return dict(zip(paths, threads.map(sha256_of_file, paths), strict=True))


def data_version(parts: Iterable[Path | str], known: Callable[[Path], str] = sha256_of_file) -> str:
    """Hash of some texts, and of the names and the content of some files (a file's folder belongs
    to its name), without what clocks measured; ``known`` gives the hash of a file."""
    hashes = sorted(_content(part, known) for part in parts)
    return sha256("\n".join(hashes).encode()).hexdigest()[:16]


def _content(part: Path | str, known: Callable[[Path], str]) -> str:
    if isinstance(part, str):
        return part
    return f"{part.parent.name}/{part.name} {content_sha256(part, known)}"
