"""Names that people give to clusters: kept in the storage, next to the results and not in them.

A file each, written atomically, so that several writers cannot lose each other's names. A name
belongs to the words and cells of a cluster, not to its number: it stays in later releases and with
other numbers of clusters for as long as the cluster is the same.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from warehouse.atomic_files import explained, json_text
from warehouse.checked_json import read_checked_json, write_checked_json
from warehouse.errors import StorageError
from warehouse.storage import Storage

LONGEST_NAME = 40
_KEY = re.compile("[0-9a-f]{16}")
UNREADABLE = "(unreadable name)"
"""Stands in the place of a name whose file is damaged, until another one is given."""


def cluster_key(
    layer: int, state: str, words: Iterable[str], cells: Iterable[tuple[int, int]]
) -> str:
    """Identifies a cluster by its words and its cells (unit, direction), in any order."""
    members = [layer, state, sorted(words), sorted(map(list, cells))]
    return sha256(json_text(members).encode()).hexdigest()[:16]


def read_cluster_names(storage: Storage, model: str, keys: Sequence[str]) -> list[str]:
    """The names of clusters, "" for one without."""
    known = {path.stem: path for path in name_files(storage, model)}
    return [_read_file(known[key]) if key in known else "" for key in keys]


def _read_file(path: Path) -> str:
    try:
        name = read_checked_json(path).get("name")
    except FileNotFoundError:
        return ""  # taken back meanwhile
    except (OSError, ValueError):
        return UNREADABLE
    return cleaned(name) if isinstance(name, str) else UNREADABLE


def name_files(storage: Storage, model: str) -> list[Path]:
    """The files of all names of a model's clusters."""
    return sorted(storage.cluster_names(model).glob("[!.]*.json"))


def require_name(path: Path) -> None:
    """Raises StorageError where a file holds no name of a cluster."""
    if not _KEY.fullmatch(path.stem) or _read_file(path) in ("", UNREADABLE):
        raise StorageError(f"{path} is no name of a cluster, or damaged", repair=f"rm {path}")


def cleaned(name: str) -> str:
    """A name on one line, cut at ``LONGEST_NAME`` characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in name).split())[:LONGEST_NAME]


def write_cluster_name(
    storage: Storage, model: str, key: str, name: str, about: Mapping[str, Any]
) -> None:
    """Gives a cluster a name, or takes it back with ""; ``about`` says where it was given.

    Raises StorageError where the storage cannot be written.
    """
    path = storage.cluster_names(model) / f"{key}.json"
    if cleaned(name):
        write_checked_json(path, {"name": cleaned(name), **about})
        return
    with explained(path):
        path.unlink(missing_ok=True)
