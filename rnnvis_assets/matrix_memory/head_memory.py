"""One head's matrix over a sentence, replayed from the factors next to a recording."""

from dataclasses import dataclass, replace
from typing import cast

import numpy as np
import torch
from torch import Tensor

from rnnvis_assets.matrix_memory.factor_files import StoredLayer, open_factors
from rnnvis_assets.matrix_memory.head_figures import effective_rank
from rnnvis_assets.matrix_memory.memory_factors import MemoryFactors, MemoryShape
from rnnvis_assets.matrix_memory.memory_replay import replay, states
from warehouse.arrays import Float32Array, Float64Array, Int32Array, Int64Array
from warehouse.errors import RecordingError
from warehouse.recordings import Recording


@dataclass(frozen=True, eq=False)
class HeadMemory:
    """A head after every piece of some consecutive tokens.

    ``tokens`` int64[pieces] are those of the recording that the ``pieces`` int32[pieces] belong to;
    ``states`` float32[pieces, key_size, channels]; ``decay`` float32[pieces, 1 or key_size], what
    each piece left of the state before; ``reader`` float32[key_size], the head's mean query. What
    the reader reads of a channel's key vector, ``reader @ states[n, :, channel]``, is its cell.
    """

    tokens: Int64Array
    pieces: Int32Array
    states: Float32Array
    decay: Float32Array
    reader: Float32Array

    def key_vectors(self, unit: int) -> Float32Array:
        """Of a unit of the head the key vectors of its channel, whichever reader reads it:
        float32[pieces, key_size]."""
        return self.states[:, :, unit % self.states.shape[2]]

    @property
    def norm(self) -> Float64Array:
        """The Frobenius norm, float64[pieces]."""
        squares = np.square(self.states, dtype=np.float64)
        found: Float64Array = np.sqrt(squares.sum(axis=(1, 2)))
        return found

    @property
    def effective_rank(self) -> Float64Array:
        """exp of the entropy of the singular values, float64[pieces]; NaN for an empty matrix."""
        found: Float64Array = effective_rank(torch.from_numpy(self.states)).numpy()
        return found


def read_head_memory(
    recording: Recording, layer: int, head: int, start: int, stop: int
) -> HeadMemory:
    """A head after the tokens from ``start`` to ``stop`` of one sequence (a sentence, say).

    Raises RecordingError where the layer has no such head or the factors cannot be read.
    """
    stored = open_factors(recording.folder).layers.get(layer)
    if stored is None or not 0 <= head < stored.memory.heads:
        raise RecordingError(f"layer {layer} has no matrix memory with a head {head}")
    scalars, factors = stored.read(stored.part_of(start))
    token, sequence = scalars["token"], scalars["sequence"]
    own = sequence == sequence[np.searchsorted(token, start)]
    rows = slice(int(own.argmax()), int(np.searchsorted(token, stop)))
    first = int(np.searchsorted(token, start)) - rows.start
    memory, factors = _of_head(stored, factors.between(rows.start, rows.stop), head)
    reader, earlier = stored.reader[head, : memory.key_size], factors.between(0, first)
    before = replay(memory, earlier, reader[None]).after if first else None
    shown = factors.between(first, factors.steps)
    found = states(memory, shown, before)[1:, 0, 0]
    return HeadMemory(
        tokens=token[rows][first:],
        pieces=scalars["piece"][rows][first:],
        states=_scaled(memory, shown, found, reader).numpy(),
        decay=memory.log_decay(shown.decay_step)[0, :, 0].exp().numpy(),
        reader=reader.numpy(),
    )


def _of_head(
    stored: StoredLayer, factors: MemoryFactors, head: int
) -> tuple[MemoryShape, MemoryFactors]:
    memory = stored.memory
    rate = memory.decay_rate

    def of_head(factor: Tensor) -> Tensor:
        place = head * factor.shape[2] // memory.heads
        return factor[:, :, place : place + 1]

    own_rate = None if rate is None else rate[head : head + 1]
    return replace(memory, heads=1, groups=1, decay_rate=own_rate), factors.map(of_head)


def _scaled(memory: MemoryShape, factors: MemoryFactors, found: Tensor, reader: Tensor) -> Tensor:
    """The states on the scale of what is read of them."""
    if not memory.normalized:
        return found
    floor = cast(Tensor, factors.floor)[0, :, 0]
    scale = (reader @ found[:, :, -1:])[:, 0].abs().maximum(floor)
    return found[:, :, :-1] / scale[:, None, None]
