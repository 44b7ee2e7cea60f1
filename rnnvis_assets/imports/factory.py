"""The user's own code: the factory that makes a network, and calls into that network.

It is run as such, with all that the user may do; only what it raises is put into plain words.
"""

import importlib
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from warehouse.errors import ImportedModelError, near_miss
from warehouse.storage import CHECKOUT

CODE_WARNING = (
    "the factory is your own code and runs as such, with all that you may do on this machine; "
    "name only code that you trust"
)


@contextmanager
def foreign_code(what: str) -> Iterator[None]:
    """Whatever the user's code raises becomes an ImportedModelError that names it."""
    try:
        yield
    except ImportedModelError:
        raise
    except Exception as error:
        raise ImportedModelError(
            f"{what} raised {type(error).__name__}: {error}",
            repair="mend that code, or the arguments it is given, then run the same command again",
        ) from error


def factory_file(name: str) -> Path | None:
    """The file that a factory's name points at; None where it names a package."""
    place = name.rpartition(":")[0]
    return CHECKOUT / place if place.endswith(".py") else None


def load_function(name: str) -> Callable[..., Any]:
    """The function that ``package.module:function`` or ``file.py:function`` names.

    Raises ImportedModelError where there is none, or where the code around it raises.
    """
    place, _, function = name.rpartition(":")
    path = factory_file(name)
    with foreign_code(f"importing {place}"):
        module = importlib.import_module(place) if path is None else _module_of(path)
    found = getattr(module, function, None)
    if callable(found):
        return found  # type: ignore[no-any-return]
    there = sorted(key for key, value in vars(module).items() if callable(value) and key[0] != "_")
    raise ImportedModelError(
        f"{place} has no function {function!r}, only {', '.join(there) or 'none'}"
        f"{near_miss(function, there)}",
        repair="name one of them after the colon",
    )


def _module_of(path: Path) -> ModuleType:
    """Runs a file as a module of its own; those beside it can be imported by it."""
    if not path.is_file():
        raise ImportedModelError(
            f"{path} is missing", repair="name the file with the factory, or put it there"
        )
    name = f"rnnvis_imported_{path.stem}_{sha256(str(path).encode()).hexdigest()[:8]}"
    spec = spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportedModelError(f"{path} is no Python module")
    module = module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up
    sys.path.insert(0, str(path.parent))
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(path.parent))
    return module
