"""The releases of every model: which there are, which one is current, which may go."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from warehouse.atomic_files import write_text
from warehouse.errors import ReleaseError, near_miss
from warehouse.storage import Storage

_ID = re.compile(r"[\w-]+")
SUFFIX = ".duckdb"


def published_models(storage: Storage) -> list[str]:
    """Every model that has a pointer, whatever the pointer says."""
    return sorted(path.parent.name for path in storage.root.glob("releases/*/CURRENT"))


def by_family(models: Iterable[str]) -> Mapping[str, list[str]]:
    """Models of several seeds together: ``a``, ``a.seed-2``, … under the name ``a`` of their file,
    which has no dot itself."""
    families: dict[str, list[str]] = {}
    for model in models:
        families.setdefault(model.partition(".")[0], []).append(model)
    return families


def current_path(storage: Storage, model: str) -> Path:
    """The file that names the model's current release."""
    return storage.releases(model) / "CURRENT"


def release_path(storage: Storage, model: str, release_id: str) -> Path:
    """The file of one release, whether it exists or not."""
    return storage.releases(model) / f"{release_id}{SUFFIX}"


def release_ids(storage: Storage, model: str) -> list[str]:
    """Every release kept of a model, the oldest first."""
    return sorted(path.stem for path in storage.releases(model).glob(f"[!.]*{SUFFIX}"))


def read_current(storage: Storage, model: str) -> str:
    """The id of the model's current release. Raises ReleaseError where there is none."""
    path, repair = current_path(storage, model), f"rnnvis materialize {model}"
    try:
        release_id = path.read_text("utf-8").strip()
    except (FileNotFoundError, NotADirectoryError) as error:
        others = published_models(storage)
        found = f"{model} has no release; published: {', '.join(others) or 'none so far'}"
        raise ReleaseError(found + near_miss(model, others), repair=repair) from error
    except (OSError, ValueError) as error:
        raise ReleaseError(f"{path} cannot be read: {error}", repair=repair) from error
    if not _ID.fullmatch(release_id):
        found = f"{path}: found {release_id[:80]!r}, expected the name of a release"
        raise ReleaseError(found, repair=repair)
    return release_id


def repair_of(storage: Storage, model: str, release_id: str) -> str:
    """The command after which no damaged file of this release is left: the current one is made
    again, an older one cannot be."""
    try:
        older = read_current(storage, model) != release_id
    except ReleaseError:
        older = False
    path = release_path(storage, model, release_id)
    return f"rm {path}" if older else f"rnnvis materialize {model}"


def point_at(storage: Storage, model: str, release_id: str) -> None:
    """Makes ``release_id`` the current one. Readers see the old name or the new one."""
    write_text(current_path(storage, model), f"{release_id}\n")


def remove_old(storage: Storage, model: str, keep: int) -> list[str]:
    """Removes all but the ``keep`` newest releases, never the current one; returns their ids.

    A reader that has a removed file open goes on reading it.
    """
    kept = {*release_ids(storage, model)[-keep:], read_current(storage, model)}
    removed = [name for name in release_ids(storage, model) if name not in kept]
    for release_id in removed:
        release_path(storage, model, release_id).unlink(missing_ok=True)
    return removed
