"""Reading an xLSTM of transformers or of the package xlstm, in one pass or step by step."""

import functools
import inspect
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from rnnvis_assets.recurrent_libraries.xlstm_cells import CELLS, Call, Read

_READING = threading.Lock()
"""Cells are wrapped for all threads, so one pass at a time reads."""


@dataclass(frozen=True)
class Reading:
    """How a kind of network reads. ``read`` of a module and int64[batch, steps] pieces gives the
    logits. ``step`` of a module, int64[batch, 1] and what ``step`` returned before (None: nothing)
    gives the logits and what to go on from; ``states`` takes from that the tensors of the block at
    a depth: C, n and more, or (y, c, n, m)."""

    read: Callable[[Any, Tensor], Tensor]
    step: Callable[[Any, Tensor, Any], tuple[Tensor, Any]]
    states: Callable[[Any, int], Sequence[Tensor]]


class XlstmCapture:
    """Reads the ``blocks`` of a ``module`` at ``depths`` (None: all)."""

    def __init__(
        self,
        module: nn.Module,
        blocks: nn.ModuleList,
        reading: Reading,
        depths: Collection[int] | None = None,
    ) -> None:
        self.module, self._blocks, self._reading = module, blocks, reading
        self.depths = tuple(range(len(blocks)) if depths is None else depths)

    @torch.inference_mode()
    def read(self, pieces: Tensor) -> tuple[dict[int, Read], Tensor]:
        """What each block remembers of int64[batch, steps] pieces, by its place in the depth, and
        the logits float[batch, steps, pieces]."""
        with _READING, ExitStack() as stack:
            reads = {
                depth: stack.enter_context(_capturing(self._blocks[depth])) for depth in self.depths
            }
            logits = self._reading.read(self.module, pieces)
        return {depth: read() for depth, read in reads.items()}, logits.float()

    @torch.inference_mode()
    def step(self, pieces: Tensor) -> tuple[dict[int, Tensor], Tensor]:
        """The states after each piece, read one by one, as ``read`` has them: float[batch, steps,
        ...] by depth; and the logits."""
        found: dict[int, list[Tensor]] = {depth: [] for depth in self.depths}
        logits, state = [], None
        for piece in pieces.unbind(1):
            read, state = self._reading.step(self.module, piece.unsqueeze(1), state)
            logits.append(read.float())
            for depth in self.depths:
                found[depth].append(_state_of(self._reading.states(state, depth)))
        return {depth: torch.stack(own, 1) for depth, own in found.items()}, torch.cat(logits, 1)


def _state_of(states: Sequence[Tensor]) -> Tensor:
    """C with n as its last value channel; or the y of an sLSTM."""
    first, second, *_ = states
    if first.shape == second.shape:
        return first.clone()
    return torch.cat([first, second.reshape(*first.shape[:-1], 1)], dim=-1)


@contextmanager
def _capturing(block: nn.Module) -> Iterator[Callable[[], Read]]:
    """Keeps the calls of a block's cell; afterwards what it remembered is read from them."""
    place = next(place for place in CELLS if _owner(block, place) is not None)
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
        yield functools.partial(CELLS[place], calls)
    finally:
        setattr(owner, name, function)


def _owner(block: Any, place: str) -> Any:
    for name in place.split(".")[:-1]:
        block = getattr(block, name, None)
    return block


def _read_transformers(module: Any, pieces: Tensor) -> Tensor:
    logits: Tensor = module(pieces, use_cache=False).logits
    return logits


def _step_transformers(module: Any, piece: Tensor, cache: Any) -> tuple[Tensor, Any]:
    cache = cache or _empty_cache(module, len(piece))
    return module(piece, cache=cache, use_cache=True).logits, cache


def _empty_cache(module: Any, batch: int) -> Any:
    """With states of the layers' sizes: transformers 5.24 rounds them up to multiples of 64, which
    no layer does."""
    from transformers.models.xlstm.modeling_xlstm import xLSTMCache

    cache: Any = xLSTMCache(module.config, batch, dtype=torch.float32)
    for depth, block in enumerate(module.backbone.blocks):
        layer, heads = block.mlstm_layer, module.config.num_heads
        keys, values = layer.qk_dim // heads, layer.v_dim // heads
        sizes = (keys, values), (keys,), (1,)
        cache.rnn_state[depth] = tuple(torch.zeros(batch, heads, *size) for size in sizes)
    return cache


IN_TRANSFORMERS = Reading(
    _read_transformers, _step_transformers, lambda cache, depth: cache.rnn_state[depth]
)
"""Of ``xLSTMForCausalLM``."""
