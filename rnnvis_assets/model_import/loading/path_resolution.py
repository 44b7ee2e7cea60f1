"""Names of files and functions that were typed in some folder, so that they hold in any other."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rnnvis_assets.model_import.loading.user_files import (
    is_installed,
    module_file,
    reaches,
    root_of,
)
from warehouse.storage import base_folder

_OURS = __name__.partition(".")[0]


def in_place(content: Mapping[str, Any], beside: Path) -> dict[str, Any]:
    """The content of a model's file, its paths relative to the folder that holds the configurations
    (absolute where they lie outside it), and the ``path`` that its modules are imported from where
    that is ``beside``.

    Values of another type are left as they are: the validation reports them with all other faults.
    """
    written = dict(content)
    if any(_is_imported_from(beside, name) for name in _functions(content)):
        written.setdefault("path", ".")
    for section, key, placed in (
        (None, "factory", _function_placed),
        (None, "path", _placed),
        (None, "weights", _placed),
        ("input", "call", _function_placed),
        ("vocabulary", "file", _placed),
    ):
        there = written if section is None else written.get(section)
        if isinstance(there, Mapping) and isinstance(there.get(key), str):
            changed = {**there, key: placed(there[key], beside)}
            written = changed if section is None else {**written, section: changed}
    return {key: value for key, value in written.items() if value not in ({}, None)}


def _functions(content: Mapping[str, Any]) -> list[str]:
    section = content.get("input")
    call = section.get("call") if isinstance(section, Mapping) else None
    return [name for name in (content.get("factory"), call) if isinstance(name, str)]


def _is_imported_from(beside: Path, name: str) -> bool:
    """Whether a function's file has its modules in the folder that it was named in, and would not
    look for them there by itself: it lies further down, in no package with an ``__init__.py``."""
    place = name.rpartition(":")[0]
    file = _file_of(place, beside)
    if file is None or not file.is_relative_to(beside) or root_of(file) == beside:
        return False
    return not place.endswith(".py") or reaches(file, root_of(file), beside)


def _function_placed(name: str, beside: Path) -> str:
    """A function with the path of its file; so too one in a package that stands in the folder."""
    place, colon, function = name.rpartition(":")
    file = _file_of(place, beside)
    return name if file is None else f"{_placed(str(file), beside)}{colon}{function}"


def _file_of(place: str, beside: Path) -> Path | None:
    """The file of a function; None of one in a package that is installed, or nowhere."""
    if place.endswith(".py"):
        return (beside / place).resolve()
    if place.partition(".")[0] == _OURS or is_installed(place, beside):
        return None
    return module_file(place, beside)


def _placed(name: str, beside: Path) -> str:
    path, base = (beside / name).resolve(), base_folder()
    return str(path.relative_to(base) if path.is_relative_to(base) else path)
