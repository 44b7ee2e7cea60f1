"""Reading what recurrent layers remember, in one pass of the whole network: the function that
computes a layer is wrapped, and what it was given is kept.

A pass is never continued from a cache: with one, some families ignore the states it holds
(transformers 5.24, Mamba), and nothing says so.
"""

import functools
import inspect
import re
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

import torch
from torch import Tensor, nn

from rnnvis_assets.matrix_memory.memory_source import Read
from rnnvis_assets.recurrent_libraries.layer_capture import LayerCapture
from rnnvis_assets.transformers_import.families import Recurrence

_LAYER = re.compile(r".*\.(?:layers|blocks)\.(\d+)")
_WRAPPING = threading.Lock()
"""A function is wrapped for all threads, so one pass at a time reads."""


def layers_in_depth(module: nn.Module) -> dict[int, nn.Module]:
    """The layers of a network by their place in the depth."""
    found = ((_LAYER.fullmatch(name), layer) for name, layer in module.named_modules())
    return {int(match[1]): layer for match, layer in found if match}


@contextmanager
def quiet() -> Iterator[None]:
    """Without transformers' advice to install kernels for a GPU."""
    from transformers.utils import logging as untyped

    logging: Any = untyped
    before = logging.get_verbosity()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(before)


class _AllReadError(Exception):
    """Ends a pass before the last layer is computed, once what it remembers follows."""


class FactorCapture(LayerCapture):
    """Reads a ``module`` of a ``recurrence``."""

    library = "transformers"

    def __init__(self, module: Any, recurrence: Recurrence) -> None:
        self._layers = layers_in_depth(module)
        super().__init__(module, len(self._layers), module.get_input_embeddings().weight)
        self.recurrence = recurrence
        kinds: Sequence[str] = getattr(module.config, "layer_types", None) or ()
        self.attention = tuple(
            depth
            for depth, kind in enumerate(kinds)
            if kind == "hybrid" or (kind.endswith("attention") and kind != "linear_attention")
        )
        self._read: dict[int, Read] = {}
        self._depth = -1

    def kind(self, _: int) -> tuple[str, str]:
        return self.recurrence.title, self.recurrence.cell

    @torch.inference_mode()
    def read(self, pieces: Tensor) -> dict[int, Read]:
        self._read = {}
        with quiet(), self._wrapped(), suppress(_AllReadError):
            self.module.base_model(pieces, use_cache=False)
        found, self._read = dict(sorted(self._read.items())), {}
        return found

    @torch.inference_mode()
    def logits(self, pieces: Tensor, **cached: Any) -> Tensor:
        """``cached`` are arguments that continue from a cache."""
        with quiet():
            found: Tensor = self.module(pieces, **{"use_cache": False, **cached}).logits
        return found.float()

    def _step(self, piece: Tensor, before: Any) -> tuple[Tensor, Any]:
        from transformers import DynamicCache

        cache, step = before or (DynamicCache(config=self.module.config), 0)
        position = torch.full((len(piece), 1), step)
        logits = self.logits(piece, cache=cache, use_cache=True, position_ids=position)
        return logits, (cache, step + 1)

    def _state(self, after: Any, depth: int) -> Tensor:
        cache, _ = after
        return self.recurrence.state(cache.layers[depth], self._layers[depth])

    @contextmanager
    def _wrapped(self) -> Iterator[None]:
        owner: Any = sys.modules[type(self.module).__module__]
        *path, name = self.recurrence.function.split(".")
        owner = functools.reduce(getattr, path, owner)
        function = getattr(owner, name)
        with _WRAPPING, ExitStack() as undo:
            for depth, layer in self._layers.items():
                enter = functools.partial(self._enter, depth)
                undo.callback(layer.register_forward_pre_hook(enter).remove)
            undo.callback(setattr, owner, name, function)
            setattr(owner, name, self._keeping(function))
            yield

    def _enter(self, depth: int, *_: Any) -> None:
        self._depth = depth

    def _keeping(self, function: Callable[..., Any]) -> Callable[..., Any]:
        signature = inspect.signature(function)

        @functools.wraps(function)
        def kept(*args: Any, **kwargs: Any) -> Any:
            if self._depth not in self.depths:
                return function(*args, **kwargs)
            needed = self.recurrence.needs_result
            returned = function(*args, **kwargs) if needed else None
            given = signature.bind(*args, **kwargs)
            given.apply_defaults()
            self._read[self._depth] = self.recurrence.read(given.arguments, returned)
            if self._depth == max(self.depths):
                raise _AllReadError
            return returned if needed else function(*args, **kwargs)

        return kept
