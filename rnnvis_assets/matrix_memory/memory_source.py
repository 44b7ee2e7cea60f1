"""What a network offers to be recorded by ``record_memory``: its layers, the pieces of words, and
the factors or states of every step of a batch, from one pass of the whole network."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

import numpy as np
from torch import Tensor

from rnnvis_assets.matrix_memory.memory_factors import MemoryFactors, MemoryShape
from rnnvis_assets.recording.recording_plan import Offsets
from warehouse.arrays import Int32Array, Int64Array
from warehouse.errors import RecordingError
from warehouse.recording_schema import RECORDED_ARRAYS, LayerShape, recorded_arrays

VectorStates = Mapping[str, Tensor]
"""The states of a layer that remembers a vector, float[batch, steps, units]: ``hidden``, and where
it has them ``cell`` and ``keep_gate``."""
Read = tuple[MemoryShape, MemoryFactors] | VectorStates
"""What a layer remembers, as it was read: a matrix memory, or a vector's states."""


@dataclass(frozen=True)
class LayerOfMemory:
    """A layer as it is ``recorded``, and its ``memory`` (None: it remembers a vector)."""

    recorded: LayerShape
    memory: MemoryShape | None = None


def matrix_layer(name: str, cell: str, memory: MemoryShape) -> LayerOfMemory:
    """A layer that remembers a matrix a head."""
    return LayerOfMemory(LayerShape(name, memory.units, RECORDED_ARRAYS, cell), memory)


def vector_layer(name: str, cell: str, units: int, states: Sequence[str]) -> LayerOfMemory:
    """A layer of these ``VectorStates``."""
    return LayerOfMemory(LayerShape(name, units, recorded_arrays(states), cell))


class MemorySource(Protocol):
    """A network that can be recorded."""

    @property
    def layers(self) -> Sequence[LayerOfMemory]:
        """The layers that are recorded, from the input up."""

    def pieces(self, word_ids: Int32Array) -> Sequence[Sequence[int]]:
        """The pieces of each word of a sequence, at least one: what the network reads for it."""

    def read(self, pieces: Tensor) -> Sequence[MemoryFactors | VectorStates]:
        """Of each layer what it remembers of whole sequences, int64[batch, steps], from zero.

        Shorter sequences end in any pieces, whose factors or states are not used.
        """


@dataclass(frozen=True, eq=False)
class TextInPieces:
    """``word_ids`` int32[words], cut into ``sequences``; ``pieces`` int64[pieces] of all of them,
    and the first piece of each word, ``starts`` int64[words + 1]."""

    word_ids: Int32Array
    sequences: Offsets
    pieces: Int64Array
    starts: Int64Array

    def words_of(self, sequence: int) -> range:
        return range(int(self.sequences[sequence]), int(self.sequences[sequence + 1]))

    def pieces_of(self, sequence: int) -> range:
        words = self.words_of(sequence)
        return range(int(self.starts[words.start]), int(self.starts[words.stop]))

    def first_pieces(self, sequence: int) -> Int64Array:
        """The first piece of each word of a sequence, counted from its own first."""
        words = self.words_of(sequence)
        found: Int64Array = self.starts[words.start : words.stop] - self.starts[words.start]
        return found


def cut_into_pieces(source: MemorySource, word_ids: Int32Array, sequences: Offsets) -> TextInPieces:
    """The text that the network reads. Raises RecordingError for a word without a piece, and where
    there is no text."""
    if not len(word_ids):
        raise RecordingError("the split has no tokens", repair="record another split")
    found: list[Sequence[int]] = []
    for start, stop in pairwise(sequences.tolist()):
        found += source.pieces(word_ids[start:stop])
    lengths = np.array([len(pieces) for pieces in found], np.int64)
    if len(found) != len(word_ids) or not lengths.all():
        missing = "" if lengths.all() else f", none of word {word_ids[np.argmin(lengths)]}"
        raise RecordingError(
            f"found the pieces of {len(found):,} words{missing}; expected at least one for each of "
            f"{len(word_ids):,} words",
            repair="give a piece for every word, that of unknown words if need be",
        )
    pieces = np.array([piece for word in found for piece in word], np.int64)
    return TextInPieces(word_ids, sequences, pieces, np.concatenate([[0], np.cumsum(lengths)]))
