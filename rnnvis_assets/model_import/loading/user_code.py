"""The user's own code: the network that a factory makes, imported so that projects never mix.

The code runs as such, with all that the user may do; what it raises is reported as its own. Two
projects may each hold a ``model.py``, so the modules of a project are in ``sys.modules`` only while
one of its files is imported or one of its functions runs.
"""

import importlib
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from hashlib import sha256
from pathlib import Path
from threading import RLock
from types import ModuleType
from typing import Any

from torch import Tensor, jit, nn

from rnnvis_assets.configuration.external_model_config import PytorchModel
from rnnvis_assets.model_import.loading.external_weights import fit_weights, read_weights
from rnnvis_assets.model_import.loading.source_files import (
    function_file,
    import_roots,
    package_root,
)
from warehouse.errors import ImportedModelError, near_miss
from warehouse.storage import base_folder

CODE_WARNING = (
    "the factory is your own code and runs with all your permissions on this machine; "
    "name only code that you trust"
)
_REPAIR = "fix that code, or the arguments it is given"
_LOCK = RLock()


@contextmanager
def user_code_errors(what: str, *, repair: str = _REPAIR) -> Iterator[None]:
    """Turns whatever the user's code raises into an ImportedModelError that names ``what``."""
    try:
        yield
    except ImportedModelError:
        raise
    except ModuleNotFoundError as error:
        raise ImportedModelError(
            f"{what} found no module {error.name!r}",
            repair="install it, name the file instead (folder/module.py:function), or name the "
            "folder that your own modules are imported from (--setting path=FOLDER)",
        ) from error
    except (Exception, SystemExit) as error:
        raise ImportedModelError(
            f"{what} raised {type(error).__name__}: {error}",
            repair=f"{repair}, then run the same command again",
        ) from error


@dataclass(frozen=True)
class UserNetwork:
    """What the factory returned, the user's own function that runs it on int64[batch, steps]
    tokens, if the configuration names one, and the names of weights that were left out."""

    module: Any
    call: Callable[[Any, Tensor], Any] | None = None
    left_out: tuple[str, ...] = ()


def load_network(config: PytorchModel, weights: Path | None, key: str | None = None) -> UserNetwork:
    """Runs the factory and loads the weights: float32, on the CPU, in evaluation mode. Of a file
    with several sets of weights, those under ``key``.

    Raises ImportedModelError where the user's code fails or the weights do not fit.
    """
    code = UserCode(config.path)
    factory = code.function(config.factory)
    call = None if config.input.call is None else code.function(config.input.call)
    with user_code_errors(f"the factory {config.factory}"):
        made = _without_wrapper(factory(**config.arguments))
    left_out: tuple[str, ...] = ()
    if isinstance(made, jit.ScriptModule):
        raise ImportedModelError(
            f"the factory {config.factory} returned a TorchScript module, whose recurrent layers "
            "cannot be looked into",
            repair="let it return the Python network that this was compiled from; its weights are "
            "the state_dict() of the compiled one",
        )
    if isinstance(made, nn.Module):
        _refuse_quantised(made)
        with user_code_errors(f"moving what {config.factory} returned to the CPU, as float32,"):
            made = made.to("cpu").float().eval()  # complex weights stay complex
        if weights is not None:
            found = read_weights(weights, made.state_dict(), key)
            left_out = fit_weights(made, found)
    elif weights is not None:
        raise ImportedModelError(
            f"the factory returned a {type(made).__name__}, which cannot take weights",
            repair="return a torch.nn.Module, or let the factory load them and leave weights out",
        )
    return UserNetwork(made, call, left_out)


def _without_wrapper(made: Any) -> Any:
    """The module itself, which is never run compiled or in parallel."""
    while isinstance(made, nn.DataParallel) or hasattr(made, "_orig_mod"):
        made = made.module if isinstance(made, nn.DataParallel) else made._orig_mod
    for part in made.modules() if isinstance(made, nn.Module) else ():
        part._compiled_call_impl = None
    return made


def _refuse_quantised(module: nn.Module) -> None:
    """Raises ImportedModelError for weights that are not plain tensors."""
    quantised = [
        name
        for name, value in module.state_dict().items()
        if not isinstance(value, Tensor) or value.is_quantized
    ]
    if quantised:
        raise ImportedModelError(
            f"the network is quantised (its weights {', '.join(quantised[:4])} are not plain "
            "tensors), so its states cannot be computed from its weights",
            repair="let the factory return the network of float32 weights that it was made from",
        )


class UserCode:
    """The functions that one model names, with the modules of their project.

    ``path`` is a folder that modules are imported from, after those next to a function's file.
    """

    def __init__(self, path: str | None = None) -> None:
        self._folder = None if path is None else base_folder() / path
        self._roots: list[Path] = []
        self._names: set[str] = set()
        self._modules: dict[str, ModuleType] = {}

    def function(self, name: str) -> Callable[..., Any]:
        """The function that ``package.module:function`` or ``file.py:function`` names.

        Raises ImportedModelError where there is none, or where importing its file fails.
        """
        place, _, function = name.rpartition(":")
        with user_code_errors(f"importing {place}"):
            if place.endswith(".py"):
                module = self._import_file(function_file(name))
            else:
                module = importlib.import_module(place)
        found = getattr(module, function, None)
        if callable(found):
            return self._bind(found)
        choices = [key for key, value in vars(module).items() if callable(value) and key[0] != "_"]
        raise ImportedModelError(
            f"{place} has no function {function!r}, only {', '.join(sorted(choices)) or 'none'}"
            f"{near_miss(function, choices)}",
            repair="name one of them after the colon",
        )

    def _import_file(self, file: Path | None) -> ModuleType:
        """Imports a file as a part of its package, or of one that holds just its folder."""
        if file is None or not file.is_file():
            raise ImportedModelError(
                f"{file} is missing", repair="name the file with the function, or put it there"
            )
        self._add_roots(import_roots(file, self._folder))
        importlib.invalidate_caches()
        with self._importable():
            if file.with_name("__init__.py").is_file():
                parts = file.relative_to(package_root(file)).with_suffix("").parts
                return importlib.import_module(".".join(parts).removesuffix(".__init__"))
            package = ModuleType(f"rnnvis_user_code_{sha256(bytes(file.parent)).hexdigest()[:8]}")
            package.__path__ = [str(file.parent)]
            self._names.add(package.__name__)
            sys.modules.setdefault(package.__name__, package)
            return importlib.import_module(f"{package.__name__}.{file.stem}")

    def _add_roots(self, roots: Iterable[Path]) -> None:
        self._roots += [root for root in roots if root not in self._roots]
        places = [place for root in self._roots for place in root.iterdir()]
        names = {place.stem for place in places if place.suffix == ".py" or place.is_dir()}
        self._names |= names - sys.stdlib_module_names - {"__main__"}

    def _bind(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, so that what it imports while it runs is found in the project too."""

        @wraps(function)
        def run(*args: Any, **kwargs: Any) -> Any:
            with self._importable():
                return function(*args, **kwargs)

        return run

    @contextmanager
    def _importable(self) -> Iterator[None]:
        """Within the block, the project's modules come before external ones of their names."""
        paths = [str(root) for root in self._roots]
        with _LOCK:
            namesakes = [name for name in self._named() if not self._is_in_project(name)]
            hidden = {name: sys.modules.pop(name) for name in namesakes}
            external = set(sys.modules)
            sys.modules.update(self._modules)
            sys.path[:0] = paths
            try:
                yield
            finally:
                for path in paths:
                    sys.path.remove(path)
                own = [name for name in self._named() if name not in external]
                self._modules.update({name: sys.modules.pop(name) for name in own})
                sys.modules.update(hidden)

    def _named(self) -> list[str]:
        """Loaded modules with a top-level name of the project. Installed packages, such as PyTorch,
        are left out: they are never replaced."""
        installed = {"site-packages", "dist-packages"}
        return [
            name
            for name in sys.modules
            if name.partition(".")[0] in self._names and not installed & {*_place(name).parts}
        ]

    def _is_in_project(self, name: str) -> bool:
        place = _place(name)
        return name not in self._modules and any(place.is_relative_to(r) for r in self._roots)


def _place(name: str) -> Path:
    """The file of a loaded module, or the folder of a package without one."""
    module = sys.modules[name]
    file = getattr(module, "__file__", None)
    return Path(file or next(iter(getattr(module, "__path__", [])), ""))
