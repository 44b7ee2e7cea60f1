"""Views that people have named: addresses of the viewer's page with a name and a note.

They are in the storage, next to the results and not in them: a file each, written atomically, so
that several writers cannot lose each other's.
"""

import re
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from warehouse.atomic_files import explained
from warehouse.checked_json import read_checked_json, write_checked_json
from warehouse.errors import StorageError
from warehouse.storage import Storage

LONGEST = {"name": 80, "note": 4_000, "query": 65_536}
"""Characters."""
MOST_VIEWS = 1_000
_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"
_ID = re.compile(f"[{_LETTERS}]{{6}}")


@dataclass(frozen=True)
class NamedView:
    """``query`` of the address that shows the view, ``id`` of its short address."""

    id: str
    name: str
    note: str
    query: str
    saved_at: str

    @property
    def models(self) -> tuple[str, ...]:
        """Those that the address names, the left one first."""
        found = parse_qs(self.query)
        several = [each for text in found.get("several", ()) for each in text.split("~~")]
        names = [*found.get("model", ()), *found.get("right.model", ())]
        return tuple(dict.fromkeys([*names, *(each.partition("~")[0] for each in several)]))


def save_view(storage: Storage, name: str, note: str, query: str, view_id: str = "") -> NamedView:
    """Keeps a view, in the place of that with ``view_id`` if there is one.

    Raises StorageError where a text is empty or too long, where there are too many views, and where
    the storage cannot be written.
    """
    view = NamedView(
        view_id or _free_id(storage), name.strip(), note.strip(), query,
        datetime.now(UTC).isoformat(timespec="seconds"),
    )  # fmt: skip
    problem = _problem_of(asdict(view))
    if problem:
        raise StorageError(problem)
    write_checked_json(storage.views / f"{view.id}.json", asdict(view))
    return view


def _free_id(storage: Storage) -> str:
    known = {path.stem for path in storage.views.glob("*.json")}
    if len(known) >= MOST_VIEWS:
        raise StorageError(
            f"found {len(known):,} named views, at most {MOST_VIEWS:,} are kept",
            repair="remove one first",
        )
    while True:
        made = "".join(secrets.choice(_LETTERS) for _ in range(6))
        if made not in known:
            return made


def _problem_of(content: Mapping[str, Any]) -> str:
    """Why this is no view, or ""."""
    for name in (field.name for field in fields(NamedView)):
        value, longest = content.get(name), LONGEST.get(name, 40)
        if not isinstance(value, str):
            return f"the {name} of a view: found {value!r}, expected a text"
        if len(value) > longest:
            found = f"found {len(value):,} characters"
            return f"the {name} of a view: {found}, expected {longest:,} at most"
    if not _ID.fullmatch(content["id"]):
        return f"found the view {content['id']!r}, expected six letters and digits"
    return "" if content["name"] else "a view needs a name"


def read_view(storage: Storage, view_id: str) -> NamedView:
    """A view by its id. Raises StorageError where there is none or its file is damaged."""
    if not _ID.fullmatch(view_id):
        raise StorageError(f"found the view {view_id[:40]!r}, expected six letters and digits")
    return read_view_file(storage.views / f"{view_id}.json")


def read_view_file(path: Path) -> NamedView:
    """The view in a file. Raises StorageError where there is none or it is damaged."""
    try:
        content = read_checked_json(path)
    except FileNotFoundError as error:
        raise StorageError(
            f"there is no view {path.stem}: it was removed, or never here"
        ) from error
    except (OSError, ValueError) as error:
        raise StorageError(f"{path} cannot be read: {error}", repair=f"rm {path}") from error
    problem = _problem_of(content)
    if problem or content["id"] != path.stem:
        raise StorageError(f"{path}: {problem or 'is of another view'}", repair=f"rm {path}")
    return NamedView(**{field.name: content[field.name] for field in fields(NamedView)})


def named_views(storage: Storage) -> tuple[list[NamedView], list[str]]:
    """All views by name, and what is wrong with those that cannot be read."""
    found, problems = [], []
    for path in sorted(storage.views.glob("[!.]*.json")):
        try:
            found.append(read_view(storage, path.stem))
        except StorageError as error:
            problems.append(str(error))
    return sorted(found, key=lambda view: (view.name.casefold(), view.id)), problems


def remove_view(storage: Storage, view_id: str) -> None:
    """Removes a view, if it is still there. Raises StorageError where that is not possible."""
    path = storage.views / f"{view_id}.json"
    if _ID.fullmatch(view_id):
        with explained(path):
            path.unlink(missing_ok=True)
