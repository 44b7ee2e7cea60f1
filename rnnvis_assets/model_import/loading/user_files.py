"""The files of a user's own project: where they are imported from, and which of them one needs.

They are read, not run.
"""

import ast
from collections.abc import Iterator
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path


def root_of(path: Path, given: Path | None = None) -> Path:
    """The folder from which a file is imported: the one ``given`` where the file lies below it,
    else its own, or the one that holds its package. What imports from its own package is in one."""
    if given is not None and path.is_relative_to(given):
        return given
    root = path.parent
    while (root / "__init__.py").is_file():
        root = root.parent
    above = path.parents[min(_levels(path), len(path.parents) - 1)]
    return above if root.is_relative_to(above) else root


def dotted(path: Path, root: Path) -> str:
    """The name by which a file below ``root`` is imported from there."""
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def module_file(name: str, root: Path) -> Path | None:
    """The file of the module ``package.module`` below ``root``, if there is one."""
    place = root.joinpath(*name.split("."))
    there = (place / "__init__.py", place.parent / f"{place.name}.py")
    return next((path for path in there if path.is_file()), None)


def source_files(path: Path, root: Path) -> list[Path]:
    """A file and all below ``root`` that it imports, as far as the text tells."""
    found: set[Path] = set()
    left = [path]
    while left:
        file = left.pop()
        if file not in found:
            found.add(file)
            left += _files_of(imported_names(file, root), root)
    return sorted(found)


def _files_of(names: Iterator[str], root: Path) -> Iterator[Path]:
    for name in names:
        parts = name.split(".")  # the packages on the way are run too
        for end in range(1, len(parts) + 1):
            file = module_file(".".join(parts[:end]), root)
            if file is not None:
                yield file


def imported_names(path: Path, root: Path) -> Iterator[str]:
    """All that a file imports, by full names; of ``from a import b`` both a and a.b."""
    package = path.parent.relative_to(root).parts if path.is_relative_to(root) else ()
    for node in _imports(path):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
            continue
        above = package[: len(package) - node.level + 1] if node.level else ()
        stem = [*above, *([node.module] if node.module else [])]
        yield from (".".join([*stem, alias.name]) for alias in node.names)
        if stem:
            yield ".".join(stem)


def _imports(path: Path) -> list[ast.Import | ast.ImportFrom]:
    try:
        tree = ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return []
    return [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]


def _levels(path: Path) -> int:
    """How many folders above its own a file's imports of its own package reach."""
    return max((getattr(node, "level", 0) for node in _imports(path)), default=0)


def reaches(path: Path, root: Path, folder: Path) -> bool:
    """Whether a file imported from ``root`` needs modules that are not there, nor installed, but in
    ``folder``."""
    names = {name for file in source_files(path, root) for name in imported_names(file, root)}
    return any(
        is_in(name, folder) and not is_in(name, root) and not is_installed(name, folder)
        for name in names
    )


def is_in(name: str, folder: Path) -> bool:
    """Whether a folder holds a module of that name, or a package, be it without ``__init__.py``."""
    place = folder.joinpath(*name.split("."))
    return module_file(name, folder) is not None or any(place.glob("*.py"))


def is_installed(name: str, besides: Path) -> bool:
    """Whether the module is found on Python's own path, other than in the folder ``besides``."""
    top = name.partition(".")[0]
    try:
        spec: ModuleSpec | None = find_spec(top)
    except ValueError:  # of a module without a spec, such as __main__
        return True
    if spec is None:
        return False
    roots = [Path(place).parent for place in spec.submodule_search_locations or ()]
    if name == top and not roots:
        return spec.origin is None or Path(spec.origin).parent != besides
    return any(root != besides and is_in(name, root) for root in roots)
