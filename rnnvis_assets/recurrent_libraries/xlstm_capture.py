"""Reading an xLSTM of transformers or of the package xlstm, in one pass or step by step."""

import functools
import inspect
import threading
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from rnnvis_assets.matrix_memory.memory_source import Read
from rnnvis_assets.recurrent_libraries.layer_capture import LayerCapture
from rnnvis_assets.recurrent_libraries.xlstm_cells import CELLS, Call

_READING = threading.Lock()
"""Cells are wrapped for all threads, so one pass at a time reads."""


class XlstmCapture(LayerCapture):
    """Reads a ``module`` in which the vectors of an ``embedding`` enter the ``blocks`` of a
    ``stack``."""

    library = "xlstm"

    def __init__(self, module: Any, embedding: Any, stack: Any) -> None:
        super().__init__(module, len(stack.blocks), embedding.weight)
        self._embed, self._stack, self._blocks = embedding, stack, stack.blocks

    def _run(self, pieces: Tensor) -> None:
        """Runs the blocks on int64[batch, steps] pieces, from zero."""
        self._stack(self._embed(pieces))

    @abstractmethod
    def _states(self, after: Any, depth: int) -> Sequence[Tensor]:
        """Of a block, C, n and more, or the sLSTM's (y, c, n, m)."""

    def kind(self, depth: int) -> tuple[str, str]:
        cell = CELLS[_place_of(self._blocks[depth])]
        return cell.title, cell.cell

    @torch.inference_mode()
    def read(self, pieces: Tensor) -> dict[int, Read]:
        with _READING, ExitStack() as stack:
            calls = {
                depth: stack.enter_context(_capturing(self._blocks[depth])) for depth in self.depths
            }
            self._run(pieces)
        return {
            depth: CELLS[_place_of(self._blocks[depth])].read(own) for depth, own in calls.items()
        }

    def _state(self, after: Any, depth: int) -> Tensor:
        """C with n as its last value channel; or the y of an sLSTM."""
        first, second, *_ = self._states(after, depth)
        if first.shape == second.shape:
            return first.clone()
        return torch.cat([first, second.reshape(*first.shape[:-1], 1)], dim=-1)


@contextmanager
def _capturing(block: nn.Module) -> Iterator[list[Call]]:
    """Keeps the calls of a block's cell."""
    place = _place_of(block)
    owner, name = _owner(block, place), place.rpartition(".")[2]
    function, calls = getattr(owner, name), list[Call]()
    signature = inspect.signature(function)

    @functools.wraps(function)
    def kept(*args: Any, **kwargs: Any) -> Any:
        returned = function(*args, **kwargs)
        calls.append((list(signature.bind(*args, **kwargs).arguments.values()), returned))
        return returned

    setattr(owner, name, kept)
    try:
        yield calls
    finally:
        setattr(owner, name, function)


def _place_of(block: nn.Module) -> str:
    return next(place for place in CELLS if _owner(block, place) is not None)


def _owner(block: Any, place: str) -> Any:
    for name in place.split(".")[:-1]:
        block = getattr(block, name, None)
    return block


class TransformersXlstm(XlstmCapture):
    """``xLSTMForCausalLM``."""

    library = "transformers"

    def __init__(self, module: Any) -> None:
        super().__init__(module, module.get_input_embeddings(), module.backbone)

    def _run(self, pieces: Tensor) -> None:
        self.module.backbone(pieces, use_cache=False)

    @torch.inference_mode()
    def logits(self, pieces: Tensor) -> Tensor:
        logits: Tensor = self.module(pieces, use_cache=False).logits
        return logits.float()

    def _step(self, piece: Tensor, before: Any) -> tuple[Tensor, Any]:
        cache = before or self._empty_cache(len(piece))
        return self.module(piece, cache=cache, use_cache=True).logits, cache

    def _states(self, after: Any, depth: int) -> Sequence[Tensor]:
        states: Sequence[Tensor] = after.rnn_state[depth]
        return states

    def _empty_cache(self, batch: int) -> Any:
        """With states of the layers' sizes: transformers 5.24 rounds them up to multiples of 64,
        which no layer does."""
        from transformers.models.xlstm.modeling_xlstm import xLSTMCache

        cache: Any = xLSTMCache(self.module.config, batch, dtype=torch.float32)
        heads = self.module.config.num_heads
        for depth, block in enumerate(self.module.backbone.blocks):
            keys, values = (
                size // heads for size in (block.mlstm_layer.qk_dim, block.mlstm_layer.v_dim)
            )
            sizes = (keys, values), (keys,), (1,)
            cache.rnn_state[depth] = tuple(torch.zeros(batch, heads, *size) for size in sizes)
        return cache
