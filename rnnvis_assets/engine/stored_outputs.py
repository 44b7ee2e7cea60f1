"""What stages have made, in an object store that machines share.

    manifests/<model>/<stage>.json              the last output: replaced by comparing and swapping
    results/<model>/<stage>/<path>-<sha256>     its files, by their path under the storage root

A file is uploaded before the manifest that names it, under a name that no other content has: what a
manifest names is there as a whole, and stays what it was. (For <model>, also a dataset or
comparison.) On the machine, the storage root has copies of the manifests, and of the files that
were made or needed there.
"""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from rnnvis_assets.engine.manifest import (
    Manifest,
    manifest_text,
    parse_manifest,
    read_manifest,
    write_manifest,
)
from warehouse.disk_use import megabytes
from warehouse.errors import BusyError
from warehouse.object_store import ObjectStore, StoredObject
from warehouse.storage import Storage
from warehouse.stored_files import FileCheck, content_fault

STREAMS = 4
"""Files that are on their way at once."""
Report = Callable[[str], None]


def _manifest_key(stage: str, partition: str) -> str:
    return f"manifests/{partition}/{stage}.json"


def output_prefix(stage: str, partition: str) -> str:
    """The place of the files of a stage."""
    return f"results/{partition}/{stage}"


def file_key(prefix: str, name: str, sha256: str) -> str:
    """The place of one of these files, by its path under the storage root and its hash."""
    return f"{prefix}/{name}-{sha256}"


def _keys(manifest: Manifest) -> dict[str, str]:
    """The place in the store of each file that was not pruned, by its path."""
    prefix = output_prefix(manifest.stage, manifest.partition)
    return {
        name: file_key(prefix, name, manifest.sha256[name])
        for name in manifest.files
        if name not in manifest.pruned
    }


def stored_manifest(
    store: ObjectStore, stage: str, partition: str
) -> tuple[StoredObject | None, Manifest | None]:
    """The object of the last output's manifest, and what it says: None where it is unreadable."""
    found = store.get(_manifest_key(stage, partition))
    return found, parse_manifest(found.content, stage, partition) if found else None


def receive_output(
    store: ObjectStore,
    storage: Storage,
    stage: str,
    partition: str,
    now: Mapping[str, str | None],
) -> FileCheck:
    """Copies the store's manifest of a stage to the storage, and returns the check of whether its
    files are in the store.

    A manifest stays that is only here but is ``now``, the fingerprint of a run that would begin:
    its upload was broken off, or there was no store yet. No file of it passes the check.
    """
    _, published = stored_manifest(store, stage, partition)
    here = read_manifest(storage, stage, partition)
    stays = here is not None and here.fingerprint == now
    if published is None or (stays and published.fingerprint != now):
        return lambda *_: f"is not in {store.address}"
    if published != here:
        write_manifest(storage, published)
    keys, sizes = _keys(published), store.sizes(output_prefix(stage, partition))

    def fault(path: Path, size: int, _: str) -> str | None:
        key = keys[str(path.relative_to(storage.root))]
        return None if sizes.get(key) == size else f"is not in {store.address}"

    return fault


def receive_manifest(
    store: ObjectStore, storage: Storage, stage: str, partition: str
) -> Manifest | None:
    """The store's manifest of a stage, which the storage has then too; None where there is none."""
    _, manifest = stored_manifest(store, stage, partition)
    if manifest is not None and manifest != read_manifest(storage, stage, partition):
        write_manifest(storage, manifest)
    return manifest


def fetch_output(
    store: ObjectStore, storage: Storage, stage: str, partition: str, report: Report
) -> None:
    """Downloads the files of the store's last output of a stage that the storage lacks or has with
    other content; does nothing where the store has none.

    Raises StorageError where a file is gone or damaged in the store, or the disk is full.
    """
    manifest = receive_manifest(store, storage, stage, partition)
    if manifest is None:
        return
    root, keys = storage.root, _keys(manifest)

    def lacks(name: str) -> bool:
        return bool(content_fault(root / name, manifest.files[name], manifest.sha256[name]))

    with ThreadPoolExecutor(STREAMS) as threads:
        lacking = [name for name, lack in zip(keys, threads.map(lacks, keys), strict=True) if lack]
    if lacking:
        size = sum(manifest.files[name] for name in lacking)
        report(f"{stage} of {partition}: fetching {len(lacking)} files, {megabytes(size)}")
    files = ((root / name, keys[name], manifest.sha256[name]) for name in lacking)
    download_all(store, files, f"rnnvis materialize {partition}")


def download_all(store: ObjectStore, files: Iterable[tuple[Path, str, str]], repair: str) -> None:
    """Downloads files, given with their place in the store and their hash, a few at once. Raises
    what ``ObjectStore.download`` raises."""
    with ThreadPoolExecutor(STREAMS) as threads:
        list(threads.map(lambda file: store.download(file[1], file[0], file[2], repair), files))


def publish_output(
    store: ObjectStore, storage: Storage, manifest: Manifest, tag: str | None, report: Report
) -> None:
    """Uploads the files of a manifest that are not there yet, then the manifest in the place of the
    one with this tag (None: of none), and removes the files that only that one named.

    Raises BusyError where another machine has published meanwhile, whose output stays.
    """
    stage, partition, keys = manifest.stage, manifest.partition, _keys(manifest)
    there = store.sizes(output_prefix(stage, partition))
    lacking = [name for name, key in keys.items() if there.get(key) != manifest.files[name]]
    if lacking:
        size = sum(manifest.files[name] for name in lacking)
        report(f"{stage} of {partition}: uploading {len(lacking)} files, {megabytes(size)}")
    with ThreadPoolExecutor(STREAMS) as threads:
        list(threads.map(lambda name: store.upload(storage.root / name, keys[name]), lacking))
    text = manifest_text(manifest).encode()
    if not store.swap(_manifest_key(stage, partition), text, tag):
        raise BusyError(
            f"{stage} of {partition} was published by another machine while it was made here",
            repair="run the same command again",
        )
    store.remove(sorted({*there} - {*keys.values()}))


def remove_outputs(store: ObjectStore, partition: str) -> None:
    """Removes all that the store holds of a model, dataset or comparison; manifests first, so that
    what an interruption leaves counts as missing."""
    for kind in ("manifests", "results"):
        store.remove(store.sizes(f"{kind}/{partition}"))
