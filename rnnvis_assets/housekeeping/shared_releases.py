"""Releases that machines share: published to an object store, fetched from it into a storage."""

from collections.abc import Sequence
from pathlib import Path

from rnnvis_assets.engine.run_lock import hold_stage
from rnnvis_assets.engine.stage import RunContext
from warehouse.atomic_files import sha256_of_file
from warehouse.disk_use import megabytes
from warehouse.errors import ReleaseError, StorageError
from warehouse.release_index import SUFFIX, current_path, point_at, read_current, release_path
from warehouse.shared_store import SharedRelease, SharedStore
from warehouse.storage import Storage


def publish_shared(context: RunContext, store: SharedStore, model: str) -> bool:
    """Makes a model's current release the current one of the store; False where it is already.

    Raises ReleaseError where there is none, or the store has a newer one.
    """
    release_id = read_current(context.storage, model)
    path = release_path(context.storage, model, release_id)
    with hold_stage(context, model, "publishing"):
        release = SharedRelease(model, release_id, sha256_of_file(path), path.stat().st_size)
        return store.publish(release, path)


def fetch_shared(
    context: RunContext, store: SharedStore, models: Sequence[str], most_bytes: int
) -> list[str]:
    """Makes the store's releases of ``models`` (none named: all) current in this storage; returns
    the models whose release is new here.

    The files of releases take ``most_bytes`` at most, and while one is replaced that one's size
    more: older ones are removed first. Raises StorageError, before anything is downloaded, where
    the current ones exceed that; ReleaseError where a model was analysed here.
    """
    releases = [store.current(model) for model in models or store.models()]
    _require_room(releases, most_bytes)
    new = []
    for release in releases:
        with hold_stage(context, release.model, "fetching"):
            if _fetch(context, store, release, most_bytes):
                new.append(release.model)
    return new


def was_fetched(storage: Storage, model: str) -> bool:
    """Whether all that there is of a model are releases, as nothing else leaves them."""
    there = [folder for folder in storage.folders_of(model) if folder.is_dir()]
    return there == [storage.releases(model)]


def _require_room(releases: Sequence[SharedRelease], most_bytes: int) -> None:
    size = sum(release.size for release in releases)
    if size > most_bytes:
        raise StorageError(
            f"the current releases take {megabytes(size)}, and at most {megabytes(most_bytes)} are "
            "allowed",
            repair="raise store.cache_gigabytes in configs/engine.yaml, or name some models",
        )


def _fetch(
    context: RunContext, store: SharedStore, release: SharedRelease, most_bytes: int
) -> bool:
    storage, model = context.storage, release.model
    path = release_path(storage, model, release.release_id)
    if path.is_file() and read_current(storage, model) == release.release_id:
        return False
    if storage.manifest("release", model).exists():
        raise ReleaseError(
            f"{model} was analysed in {storage.root}; what is fetched would take its place",
            repair="fetch into a storage of its own: RNNVIS_HOME=FOLDER rnnvis fetch",
        )
    _remove_older(storage, most_bytes - release.size)
    context.report(f"{model}: fetching {release.release_id}, {megabytes(release.size)}")
    store.download(release, path)
    point_at(storage, model, release.release_id)
    _remove_older(storage, most_bytes)
    return True


def _remove_older(storage: Storage, most_bytes: int) -> None:
    """Removes fetched releases that are not current, the oldest first, until the rest fits."""
    found = storage.root.glob(f"releases/*/[!.]*{SUFFIX}")
    files = sorted(found, key=lambda path: (path.stat().st_mtime, path.name))
    size = sum(path.stat().st_size for path in files)
    for path in files:
        model = path.parent.name
        if size > most_bytes and _is_spare(storage, model, path):
            size -= path.stat().st_size
            path.unlink()


def _is_spare(storage: Storage, model: str, path: Path) -> bool:
    """Whether a file is neither current nor of a model that was analysed here."""
    if storage.manifest("release", model).exists() or not current_path(storage, model).exists():
        return False
    return path.stem != read_current(storage, model)
