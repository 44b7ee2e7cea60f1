"""The files of a user's project: where they are imported from, and which of them a function needs.

They are read, never run.
"""

import ast
from collections.abc import Iterator, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

from warehouse.storage import base_folder


def function_file(name: str, folder: Path | None = None) -> Path | None:
    """The file that ``file.py:function`` or ``package.module:function`` names, seen from
    ``folder`` (by default where paths in configurations start from); None for a package that is not
    in it, such as an installed one."""
    folder = folder or base_folder()
    place = name.rpartition(":")[0]
    if place.endswith(".py"):
        return (folder / place).resolve()
    module = folder.joinpath(*place.split("."))
    candidates = (module.with_name(f"{module.name}.py"), module / "__init__.py")
    return next((file for file in candidates if file.is_file()), None)


def package_root(file: Path) -> Path:
    """The folder of a file, or the one that holds its outermost package."""
    root = file.parent
    while (root / "__init__.py").is_file():
        root = root.parent
    return root


def import_roots(file: Path, folder: Path | None) -> tuple[Path, ...]:
    """The folders that a file's imports are searched in, first to last."""
    roots = [package_root(file), *([] if folder is None else [folder])]
    return tuple(dict.fromkeys(roots))


def code_files(name: str, path: str | None = None) -> list[Path]:
    """The file of a function and all files of its project that it imports, directly or not.

    ``path`` is the further folder that they are imported from. Of an installed package, none.
    """
    file = function_file(name) if name.partition(":")[0].endswith(".py") else None
    if file is None:
        return []
    roots = import_roots(file, None if path is None else base_folder() / path)
    found: set[Path] = set()
    pending = [file]
    while pending:
        file = pending.pop()
        if file not in found:
            found.add(file)
            pending += _imported_files(file, roots)
    return sorted(found)


def _imported_files(file: Path, roots: tuple[Path, ...]) -> Iterator[Path]:
    """The files that one file's import statements name, packages on the way included."""
    if (package := file.with_name("__init__.py")).is_file():
        yield package
    for base, module in _imports(file, roots):
        parts = module.split(".")
        for end in range(1, len(parts) + 1):
            place = base.joinpath(*parts[:end])
            candidates = (place / "__init__.py", place.with_name(f"{place.name}.py"))
            yield from (found for found in candidates if found.is_file())


def _imports(file: Path, roots: tuple[Path, ...]) -> Iterator[tuple[Path, str]]:
    """The modules that a file may import, each with the folder it would be found in."""
    try:
        tree = ast.parse(file.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return  # importing the file reports it
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((root, alias.name) for root in roots for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            bases = (file.parents[node.level - 1],) if node.level else roots
            stem = f"{node.module}." if node.module else ""
            yield from ((base, f"{stem}{alias.name}") for base in bases for alias in node.names)


def resolve_paths(content: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """The content of a model's YAML file, typed in ``folder``, so that it holds in any other.

    Paths become relative to the checkout, or absolute outside of it; a module in ``folder`` is
    named by its file. ``path`` becomes ``folder`` where a function's file lies in a folder below
    it. Values of the wrong type stay as they are: validation reports them.
    """
    resolved = deepcopy(dict(content))
    functions = (resolved.get("factory"), _section(resolved, "input").get("call"))
    files = [function_file(name, folder) for name in functions if isinstance(name, str)]
    if any(f and f.is_relative_to(folder) and package_root(f) != folder for f in files):
        resolved.setdefault("path", ".")
    for section, key, resolve in (
        (resolved, "factory", _resolve_function),
        (resolved, "path", _resolve),
        (resolved, "weights", _resolve),
        (resolved, "folder", _resolve),
        (_section(resolved, "input"), "call", _resolve_function),
        (_section(resolved, "vocabulary"), "file", _resolve),
    ):
        if isinstance(section.get(key), str):
            section[key] = resolve(section[key], folder)
    return {key: value for key, value in resolved.items() if value not in ({}, None)}


def _section(content: dict[str, Any], key: str) -> dict[str, Any]:
    section = content.get(key)
    return section if isinstance(section, dict) else {}


def _resolve_function(name: str, folder: Path) -> str:
    file = function_file(name, folder)
    return name if file is None else f"{_resolve(str(file), folder)}:{name.rpartition(':')[2]}"


def _resolve(name: str, folder: Path) -> str:
    path = (folder / name).resolve()
    base = base_folder()
    return str(path.relative_to(base) if path.is_relative_to(base) else path)
