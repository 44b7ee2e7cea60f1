"""The user's own code: the factory that makes a network, and calls into that network.

It is run as such, with all that the user may do; only what it raises is put into plain words.
"""

import importlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from rnnvis_assets.model_import.loading.user_files import root_of, source_files
from rnnvis_assets.model_import.loading.user_modules import run_file, within
from warehouse.errors import ImportedModelError, near_miss
from warehouse.storage import base_folder

CODE_WARNING = (
    "the factory is your own code and runs as such, with all that you may do on this machine; "
    "name only code that you trust"
)
_MEND = "mend that code, or the arguments it is given"


@contextmanager
def foreign_code(what: str, *, repair: str = _MEND) -> Iterator[None]:
    """Whatever the user's code raises becomes an ImportedModelError that names it."""
    try:
        yield
    except ImportedModelError:
        raise
    except ModuleNotFoundError as error:
        raise ImportedModelError(
            f"{what} found no module {error.name!r}",
            repair="install it, or name the folder that your own modules are imported from, as the "
            "model's path (--setting path=FOLDER)",
        ) from error
    except (Exception, SystemExit) as error:
        raise ImportedModelError(
            f"{what} raised {type(error).__name__}: {error}",
            repair=f"{repair}, then run the same command again",
        ) from error


def factory_file(name: str) -> Path | None:
    """The file that a factory's name points at; None where it names a package."""
    place = name.rpartition(":")[0]
    return base_folder() / place if place.endswith(".py") else None


def code_files(name: str, folder: str | None = None) -> list[Path]:
    """The files that a factory in a file is made of: that one, and those that it imports from the
    same root (see ``load_function``). Of a package that is installed, none."""
    path = factory_file(name)
    return [] if path is None else source_files(path, _root(path, folder))


def load_function(name: str, folder: str | None = None) -> Callable[..., Any]:
    """The function that ``package.module:function`` or ``file.py:function`` names.

    A file below ``folder`` is imported from there, any other from its own folder, or from the one
    that holds its package. Raises ImportedModelError where there is none, or where the code around
    it raises.
    """
    place, _, function = name.rpartition(":")
    path = factory_file(name)
    with foreign_code(f"importing {place}"):
        module = _package(place) if path is None else _module_of(path, folder)
    found = getattr(module, function, None)
    if callable(found):
        return found if path is None else within(_root(path, folder), found)
    there = sorted(key for key, value in vars(module).items() if callable(value) and key[0] != "_")
    raise ImportedModelError(
        f"{place} has no function {function!r}, only {', '.join(there) or 'none'}"
        f"{near_miss(function, there)}",
        repair="name one of them after the colon",
    )


def _root(path: Path, folder: str | None) -> Path:
    return root_of(path, None if folder is None else base_folder() / folder)


def _package(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{name}.".startswith(f"{error.name}."):
            raise  # it is there, and lacks something itself
        raise ImportedModelError(
            f"there is no package {error.name!r} to import {name} from",
            repair="run this in the folder that holds it, install it, or name the file: "
            "folder/module.py:function",
        ) from error


def _module_of(path: Path, folder: str | None) -> ModuleType:
    if not path.is_file():
        raise ImportedModelError(
            f"{path} is missing", repair="name the file with the factory, or put it there"
        )
    return run_file(path, _root(path, folder))
