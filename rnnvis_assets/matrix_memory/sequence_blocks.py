"""Which sequences of a text are read together, and how much of what is read is held at once."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

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
        """The sequences, at most ``PIECES_AT_ONCE`` pieces together unless there is only one."""
        lengths = {sequence: len(text.pieces_of(sequence)) for sequence in self.sequences}
        return batches_by_length(lengths, PIECES_AT_ONCE)


def batches_by_length(lengths: Mapping[int, int], most: int) -> Iterator[list[int]]:
    """Sequences, given with their lengths, those of like length together; all of a batch, padded to
    the longest, are at most so long unless there is only one."""
    longest_first = sorted(lengths, key=lengths.__getitem__, reverse=True)
    while longest_first:
        fitting = max(1, most // lengths[longest_first[0]])
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
    spans = map(text.pieces_of, batch)
    rows = [torch.from_numpy(text.pieces[span.start : span.stop]) for span in spans]
    padded: Tensor = pad_sequence(rows, batch_first=True)
    return padded
