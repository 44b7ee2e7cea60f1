"""Which sequences of a text are read together, and how much of what is read is held at once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from rnnvis_assets.matrix_memory.memory_source import LayerOfMemory, TextInPieces
from rnnvis_assets.recording.recording_plan import BLOCK_BYTES

PIECES_AT_ONCE = 4096
"""Of one pass of the network, unless a single sequence has more."""


@dataclass(frozen=True)
class SequenceBlock:
    """Consecutive sequences, those without words left out, which make the ``part`` of a recording:
    the tokens ``words`` and their ``pieces``."""

    part: int
    sequences: tuple[int, ...]
    words: range
    pieces: range

    def batches(self, text: TextInPieces) -> Iterator[list[int]]:
        """The sequences, those of like length together; all of a batch, padded to the longest, are
        at most ``PIECES_AT_ONCE`` pieces unless there is only one."""
        longest_first = sorted(self.sequences, key=lambda s: len(text.pieces_of(s)), reverse=True)
        while longest_first:
            fitting = max(1, PIECES_AT_ONCE // len(text.pieces_of(longest_first[0])))
            yield longest_first[:fitting]
            longest_first = longest_first[fitting:]


def plan_sequence_blocks(
    text: TextInPieces, layers: Sequence[LayerOfMemory]
) -> tuple[SequenceBlock, ...]:
    """The whole text in blocks of about ``BLOCK_BYTES``, or of one sequence."""
    size = max(1, min(PIECES_AT_ONCE, BLOCK_BYTES // max(held_bytes(layers), 1)))
    blocks: list[list[int]] = []
    room = 0
    for sequence in range(len(text.sequences) - 1):
        if not (pieces := len(text.pieces_of(sequence))):
            continue
        if not blocks or pieces > room:
            blocks.append([])
            room = size
        blocks[-1].append(sequence)
        room -= pieces
    return tuple(_block(text, part, sequences) for part, sequences in enumerate(blocks))


def _block(text: TextInPieces, part: int, sequences: Sequence[int]) -> SequenceBlock:
    first, last = sequences[0], sequences[-1]
    words = range(text.words_of(first).start, text.words_of(last).stop)
    pieces = range(text.pieces_of(first).start, text.pieces_of(last).stop)
    return SequenceBlock(part, tuple(sequences), words, pieces)


def held_bytes(layers: Sequence[LayerOfMemory]) -> int:
    """What a piece takes in memory: the factors or states of all layers, or all that is made of the
    largest one."""
    factors = sum(factor_numbers(layer) for layer in layers)
    states = max(layer.recorded.units * len(layer.recorded.arrays) for layer in layers)
    return 4 * (factors + states)


def factor_numbers(layer: LayerOfMemory) -> int:
    """Numbers of a piece, about: the factors of a matrix memory, or the states of a vector."""
    memory = layer.memory
    if memory is None:
        return layer.recorded.units * len(layer.recorded.arrays)
    return 2 * memory.groups * memory.key_size + memory.heads * (memory.value_size + 1)


def padded_pieces(text: TextInPieces, batch: Sequence[int]) -> Tensor:
    """int64[batch, steps] of some sequences, padded with piece 0 on the right."""
    spans = [text.pieces_of(sequence) for sequence in batch]
    padded = torch.zeros(len(batch), max(map(len, spans)), dtype=torch.int64)
    for row, span in enumerate(spans):
        padded[row, : len(span)] = torch.from_numpy(text.pieces[span.start : span.stop])
    return padded
