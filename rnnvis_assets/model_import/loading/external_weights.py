"""Weights of an imported network: read without running any code, and fitted to its module."""

import pickle
import re
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from warehouse.errors import ImportedModelError, near_miss

_CONVERT = (
    "where the model can be loaded, run: from safetensors.torch import save_model; "
    "save_model(model, 'weights.safetensors'), and name that file"
)
_REQUESTED_CODE = re.compile(r"GLOBAL \S+|Unsupported (?!global)[^\n]+")
_TORCHSCRIPT = "TorchScript"
_USUAL_KEYS = ("state_dict", "model_state_dict", "model")


def read_weights(
    path: Path, expected: Mapping[str, Tensor], key: str | None = None
) -> dict[str, Tensor]:
    """The tensors of a safetensors file, or of one of ``torch.save``, by name.

    Of a training checkpoint, those under ``key``, or else those that are named like the module's
    ``expected`` ones. Raises
    ImportedModelError where there are none, or where the file would have to run code.
    """
    if not path.is_file():
        raise ImportedModelError(f"{path} is missing", repair="name the file with the weights")
    content = _load_safetensors(path) if path.suffix == ".safetensors" else _load_pickle(path)
    found = dict(_state_dicts(content, expected))
    chosen = _choose(found, expected) if key is None else key
    if key is not None and key not in found:
        raise ImportedModelError(
            f"{path} holds no weights under {key!r}, only under {', '.join(found) or 'nothing'}"
            f"{near_miss(key, found)}",
            repair="name one of them under checkpoint_key, or leave it out",
        )
    if chosen is None and len(found) > 1:
        raise ImportedModelError(
            f"{path} holds several sets of weights: it could be any of {', '.join(found)}",
            repair="name one of them (--setting checkpoint_key=KEY)",
        )
    if chosen is None:
        raise ImportedModelError(
            f"{path} holds {_describe(content)}, expected the names and tensors of a state_dict",
            repair=_CONVERT,
        )
    return found[chosen]


def _load_safetensors(path: Path) -> Any:
    try:
        return load_file(path)
    except (SafetensorError, OSError) as error:
        raise ImportedModelError(
            f"{path} is damaged, cut short or not a safetensors file: {error}", repair=_CONVERT
        ) from error


def _load_pickle(path: Path) -> Any:
    try:
        with warnings.catch_warnings(action="ignore"):  # whatever it warns of is refused below
            return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        requested = _REQUESTED_CODE.search(str(error))
        # PyTorch's own message advises to run the pickle: it is not repeated.
        raise ImportedModelError(
            f"{path} asks for more than tensors, and would have to run code to be loaded"
            + (f": {requested[0]}" if requested else ""),
            repair=_CONVERT,
        ) from None
    except (RuntimeError, ValueError, OSError, EOFError, KeyError) as error:
        if _TORCHSCRIPT in str(error):
            raise ImportedModelError(
                f"{path} is a TorchScript archive, which holds code as well as weights",
                repair=_CONVERT.replace("where the model can be loaded", "with torch.jit.load"),
            ) from None
        raise ImportedModelError(
            f"{path} is damaged, cut short or not a file of torch.save: {error}", repair=_CONVERT
        ) from error


def _state_dicts(
    content: Any, expected: Mapping[str, Tensor], path: str = ""
) -> Iterator[tuple[str, dict[str, Tensor]]]:
    """Every mapping of names to nothing but tensors, by the keys that lead to it; next to other
    values, tensors that are named like the ``expected`` ones."""
    if not isinstance(content, Mapping) or not all(isinstance(key, str) for key in content):
        return
    tensors = {name: value for name, value in content.items() if isinstance(value, Tensor)}
    is_alike = bool(_unwrapped(expected, tensors).keys() & expected.keys())
    if tensors and (is_alike or len(tensors) == len(content)):
        yield path, tensors
        return
    for key, value in content.items():
        yield from _state_dicts(value, expected, f"{path}.{key}" if path else key)


def _choose(
    found: Mapping[str, Mapping[str, Tensor]], expected: Mapping[str, Tensor]
) -> str | None:
    """The key of the module's weights: of those named like its own, or else of all, the only one,
    or the one under a usual key."""
    alike = [
        key
        for key, tensors in found.items()
        if _unwrapped(expected, tensors).keys() & expected.keys()
    ]
    candidates = alike or list(found)
    usual = [key for key in _USUAL_KEYS if key in candidates]
    return candidates[0] if len(candidates) == 1 else next(iter(usual), None)


def _describe(content: Any) -> str:
    if isinstance(content, Mapping):
        return f"a mapping with the keys {', '.join(map(str, list(content)[:8]))}"
    return f"a {type(content).__name__}"


def fit_weights(module: nn.Module, tensors: Mapping[str, Tensor]) -> tuple[str, ...]:
    """Loads the tensors into the module, as float32; returns the names that were left out, because
    they stand outside of the part of a larger module that this one is.

    Raises ImportedModelError with every name that is missing or unexpected, every shape that
    differs, and every tensor that is not finite.
    """
    expected = module.state_dict()
    wrapper = _wrapper_of(expected, tensors)
    foreign = tuple(name for name in tensors if not name.startswith(wrapper))
    tensors = _with_tied(expected, _undropped(expected, _unwrapped(expected, tensors)))
    faults = list(_faults(expected, tensors))
    if faults:
        listed = "\n  ".join(faults)
        raise ImportedModelError(
            f"the weights do not fit the module:\n  {listed}",
            repair="check the factory's arguments, and that the weights belong to this network",
        )
    module.load_state_dict(dict(tensors))
    return foreign


def _unwrapped(expected: Mapping[str, Tensor], found: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
    """Those of ``found`` that have the prefix of a wrapper, without it."""
    wrapper = _wrapper_of(expected, found)
    return {name.removeprefix(wrapper): t for name, t in found.items() if name.startswith(wrapper)}


def _wrapper_of(expected: Iterable[str], found: Iterable[str]) -> str:
    """The prefix under which most of the expected names are found: ``module.`` of
    ``nn.DataParallel``, ``_orig_mod.`` of ``torch.compile``, ``model.`` of a Lightning module; ""
    where some have no prefix."""
    known = set(expected)
    if known.intersection(found):
        return ""
    prefixes = Counter(
        name[: dot + 1]
        for name in found
        for dot, sign in enumerate(name)
        if sign == "." and name[dot + 1 :] in known
    )
    return prefixes.most_common(1)[0][0] if prefixes else ""


def _undropped(expected: Mapping[str, Tensor], found: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
    """``found``, with weights that are dropped (``…_raw``, as AWD-LSTM has them) under their own
    name only: a module that was evaluated has them, undropped, under the recurrent layer's too."""
    copies = {
        name: f"{name}_raw"
        for name in found.keys() - expected.keys()
        if f"{name}_raw" in expected
        and torch.equal(found[name], found.get(f"{name}_raw", found[name]))
    }
    return {copies.get(name, name): tensor for name, tensor in found.items()}


def _with_tied(expected: Mapping[str, Tensor], found: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
    """``found``, with tied tensors under all of their names."""
    places = {tensor.data_ptr(): found[name] for name, tensor in expected.items() if name in found}
    tied = {
        name: places[tensor.data_ptr()]
        for name, tensor in expected.items()
        if name not in found and tensor.data_ptr() in places
    }
    return {**found, **tied}


def _faults(expected: Mapping[str, Tensor], found: Mapping[str, Tensor]) -> Iterator[str]:
    for name in sorted(expected.keys() - found.keys()):
        yield f"{name} is missing"
    for name in sorted(found.keys() - expected.keys()):
        yield f"{name} is unexpected"
    for name in sorted(found.keys() & expected.keys()):
        if found[name].shape != expected[name].shape:
            shapes = list(found[name].shape), list(expected[name].shape)
            yield f"{name} has the shape {shapes[0]}, expected {shapes[1]}"
        elif _kind(found[name]) != _kind(expected[name]):
            yield f"{name} holds {found[name].dtype}, expected {expected[name].dtype}"
        elif not torch.isfinite(found[name]).all():
            yield f"{name} holds values that are not finite"


def _kind(tensor: Tensor) -> tuple[bool, bool]:
    """Whether it holds real numbers of any precision, complex ones, or neither."""
    return tensor.is_floating_point(), tensor.is_complex()
