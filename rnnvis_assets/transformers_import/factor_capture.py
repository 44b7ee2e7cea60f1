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
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

import torch
from torch import Tensor, nn

from rnnvis_assets.matrix_memory.memory_source import Read
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


class FactorCapture:
    """Reads a transformers ``module`` of a ``recurrence``, in the layers at ``depths`` (None: all).

    ``read`` gives by depth what those layers remember.
    """

    library = "transformers"

    def __init__(
        self, module: Any, recurrence: Recurrence, depths: Collection[int] | None = None
    ) -> None:
        self.module, self.recurrence = module, recurrence
        self.depths = tuple(layers_in_depth(module)) if depths is None else tuple(depths)
        self._read: dict[int, Read] = {}
        self._depth = -1

    @property
    def num_layers(self) -> int:
        """Recurrent ones and others."""
        return len(layers_in_depth(self.module))

    @property
    def embedding(self) -> Tensor:
        """The vectors of all pieces, float[pieces, width]."""
        weight: Tensor = self.module.get_input_embeddings().weight
        return weight

    @property
    def attention(self) -> tuple[int, ...]:
        """Layers that attend to words, some next to a recurrent part of the same (``hybrid``)."""
        kinds: Sequence[str] = getattr(self.module.config, "layer_types", None) or ()
        return tuple(
            depth
            for depth, kind in enumerate(kinds)
            if kind == "hybrid" or (kind.endswith("attention") and kind != "linear_attention")
        )

    def kind(self, _: int) -> tuple[str, str]:
        """What every recurrent layer remembers with: its title, and its word in a recording."""
        return self.recurrence.title, self.recurrence.cell

    @torch.inference_mode()
    def read(self, pieces: Tensor) -> dict[int, Read]:
        """By depth what is remembered of int64[batch, steps] pieces, from zero."""
        self._read = {}
        with quiet(), self._wrapped(), suppress(_AllReadError):
            self.module.base_model(pieces, use_cache=False)
        found, self._read = dict(sorted(self._read.items())), {}
        return found

    @torch.inference_mode()
    def logits(self, pieces: Tensor, **cached: Any) -> Tensor:
        """float[batch, steps, pieces] for int64[batch, steps] pieces; ``cached`` are arguments that
        continue from a cache."""
        with quiet():
            found: Tensor = self.module(pieces, **{"use_cache": False, **cached}).logits
        return found.float()

    def step(self, pieces: Tensor, depths: Sequence[int]) -> tuple[dict[int, Tensor], Tensor]:
        """By depth the states of the cache after each piece, float[batch, steps, ...], and the
        logits."""
        from transformers import DynamicCache

        layers = layers_in_depth(self.module)
        cache: Any = DynamicCache(config=self.module.config)
        found: dict[int, list[Tensor]] = {depth: [] for depth in depths}
        logits = []
        for step in range(pieces.shape[1]):
            piece, position = pieces[:, step : step + 1], torch.full((len(pieces), 1), step)
            logits.append(self.logits(piece, cache=cache, use_cache=True, position_ids=position))
            for depth in depths:
                state = self.recurrence.state(cache.layers[depth], layers[depth])
                found[depth].append(state)
        return {depth: torch.stack(own, 1) for depth, own in found.items()}, torch.cat(logits, 1)

    @contextmanager
    def _wrapped(self) -> Iterator[None]:
        owner: Any = sys.modules[type(self.module).__module__]
        *path, name = self.recurrence.function.split(".")
        owner = functools.reduce(getattr, path, owner)
        function = getattr(owner, name)
        with _WRAPPING, ExitStack() as undo:
            for depth, layer in layers_in_depth(self.module).items():
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
