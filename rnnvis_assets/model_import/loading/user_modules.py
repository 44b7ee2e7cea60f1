"""The user's own modules: found beside the file that imports them, each folder's kept apart.

Several networks are open in one process, and two folders may hold a ``model.py`` each.
"""

import importlib
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from hashlib import sha256
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from threading import RLock
from types import ModuleType
from typing import Any

from rnnvis_assets.model_import.loading.user_files import dotted

_LOCK = RLock()
_OF_ROOT: dict[Path, dict[str, ModuleType]] = {}
_READ_AT: dict[Path, float] = {}


def run_file(path: Path, root: Path) -> ModuleType:
    """Runs a Python file, imported from ``root``: as a module of its own where it stands right
    there, or as the part of a package that it is."""
    _forget_changed(root)
    with modules_of(root):
        if root != path.parent:
            return importlib.import_module(dotted(path, root))
        name = f"rnnvis_imported_{path.stem}_{sha256(str(path).encode()).hexdigest()[:8]}"
        spec = spec_from_file_location(name, path)
        if spec is None or spec.loader is None:
            raise ImportError(f"{path} is no Python module")
        module = module_from_spec(spec)
        sys.modules[name] = module  # dataclasses look their module up
        spec.loader.exec_module(module)
        return module


def within(root: Path, function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, so that what it imports while it runs is found in ``root`` too."""

    @wraps(function)
    def run(*args: Any, **kwargs: Any) -> Any:
        with modules_of(root):
            return function(*args, **kwargs)

    return run


@contextmanager
def modules_of(root: Path) -> Iterator[None]:
    """While the block lasts, imports find the files of ``root``, and what was imported from there
    before, ahead of modules of the same names from elsewhere."""
    with _LOCK:
        hidden = {name: sys.modules.pop(name) for name in _namesakes(root)}
        before = set(sys.modules)
        sys.modules.update(_OF_ROOT.setdefault(root, {}))
        sys.path.insert(0, str(root))
        try:
            yield
        finally:
            sys.path.remove(str(root))
            own = [n for n, m in sys.modules.items() if n not in before and _lies_in(m, n, root)]
            _OF_ROOT[root].update((name, sys.modules.pop(name)) for name in own)
            sys.modules.update(hidden)


def _namesakes(root: Path) -> list[str]:
    """Loaded modules from elsewhere that files of ``root`` are named like; installed packages, such
    as PyTorch, are never replaced."""
    there = {path.stem for path in root.glob("*.py")}
    there |= {path.parent.name for path in root.glob("*/*.py")}
    there -= sys.stdlib_module_names
    return [
        name
        for name, module in sys.modules.items()
        if name.partition(".")[0] in there
        and "site-packages" not in _place(module).parts
        and not _lies_in(module, name, root)
    ]


def _place(module: ModuleType) -> Path:
    file = getattr(module, "__file__", None)
    return Path(file or next(iter(getattr(module, "__path__", [])), ""))


def _lies_in(module: ModuleType, name: str, root: Path) -> bool:
    """Whether a module is a file of the folder, and not of something installed below it."""
    place, top = _place(module), name.partition(".")[0]
    if not place.is_relative_to(root):
        return False
    return place.relative_to(root).parts[:1] in ((top,), (f"{top}.py",))


def _forget_changed(root: Path) -> None:
    """Lets go of what was imported from a folder once any of its files has changed since."""
    kept = _OF_ROOT.setdefault(root, {})
    places = [place for place in map(_place, kept.values()) if place.suffix == ".py"]
    if not all(place.exists() and place.stat().st_mtime <= _READ_AT[root] for place in places):
        kept.clear()
    if not kept:
        _READ_AT[root] = time.time()
