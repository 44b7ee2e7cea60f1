"""Which tokens of a split are read together: ranges of rows, cut into pieces of sequences.

Where states can be carried on, ranges are blocks of streams as for our own networks (see
``rnnvis_assets.recording.recording_plan``); where they cannot, each is a run of whole sequences.
"""

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from rnnvis_assets.recording.recording_plan import (
    BLOCK_BYTES,
    GROUPS_OF_A_PART,
    RecordingPlan,
    Stream,
    plan_recording,
)
from rnnvis_assets.recording.sequence_offsets import Offsets
from warehouse.recording_schema import LayerShape

TOKENS_AT_ONCE = 4096
"""Of one call of the module, unless a single sequence has more: its output layer, too, is run."""

WHOLE_ROWS = 16_384
"""Rows of a range of whole sequences, unless one alone has more."""


@dataclass(frozen=True)
class Range:
    """Consecutive tokens that make one row group of a part; ``stream`` numbers what they go on."""

    start: int
    stop: int
    part: int
    stream: int


@dataclass(frozen=True)
class Piece:
    """Consecutive tokens of one sequence."""

    start: int
    stop: int
    begins: bool

    def __len__(self) -> int:
        return self.stop - self.start


@dataclass(frozen=True)
class Rounds:
    """All ranges in the order in which they are read, those of a round together, and the rows of
    every part."""

    ranges: Sequence[Sequence[Range]]
    part_rows: Sequence[int]


def _row_bytes(shapes: Sequence[LayerShape]) -> int:
    return 4 * sum(shape.units * len(shape.arrays) for shape in shapes)


def carried_rounds(sequences: Offsets, shapes: Sequence[LayerShape]) -> Rounds:
    """Blocks of streams, side by side."""
    widest = max(shape.units for shape in shapes)
    layout = plan_recording(sequences, widest, math.ceil(_row_bytes(shapes) / (4 * widest)))
    longest = max(map(len, layout.streams))
    ranges = [
        [_block(layout, number, stream, begin) for number, stream in _running(layout, begin)]
        for begin in range(0, longest, layout.steps)
    ]
    return Rounds(ranges, layout.part_rows)


def _running(layout: RecordingPlan, begin: int) -> Iterator[tuple[int, Stream]]:
    return ((n, stream) for n, stream in enumerate(layout.streams) if len(stream) > begin)


def _block(layout: RecordingPlan, number: int, stream: Stream, begin: int) -> Range:
    start = stream.start + begin
    stop = min(start + layout.steps, stream.stop)
    return Range(start, stop, layout.part_of(stream, start), number)


def whole_rounds(sequences: Offsets, shapes: Sequence[LayerShape]) -> Rounds:
    """Runs of whole sequences, one after the other."""
    most = max(1, min(WHOLE_ROWS, BLOCK_BYTES // _row_bytes(shapes)))
    cuts = [int(sequences[0])]
    for start, stop in zip(sequences[:-1].tolist(), sequences[1:].tolist(), strict=True):
        if stop - cuts[-1] > most and start > cuts[-1]:
            cuts.append(start)
    if int(sequences[-1]) > cuts[-1]:
        cuts.append(int(sequences[-1]))
    ranges = [
        Range(start, stop, number // GROUPS_OF_A_PART, 0)
        for number, (start, stop) in enumerate(pairwise(cuts))
    ]
    rows: dict[int, int] = defaultdict(int)
    for found in ranges:
        rows[found.part] += found.stop - found.start
    return Rounds([[found] for found in ranges], list(rows.values()))


def pieces_of(found: Range, sequences: Offsets) -> list[Piece]:
    """The sequences of a range, or what of them lies within it."""
    inner = sequences[(sequences > found.start) & (sequences < found.stop)]
    cuts = np.unique([found.start, *inner, found.stop]).tolist()
    begins = np.isin(cuts[:-1], sequences).tolist()
    return [
        Piece(start, stop, first)
        for start, stop, first in zip(cuts[:-1], cuts[1:], begins, strict=True)
    ]


def batches_of(pieces: Sequence[Piece], largest: int) -> Iterator[list[Piece]]:
    """Pieces of equal length together, so that nothing is ever padded."""
    by_length: dict[int, list[Piece]] = defaultdict(list)
    for piece in pieces:
        by_length[len(piece)].append(piece)
    for length, alike in by_length.items():
        size = max(1, min(largest, TOKENS_AT_ONCE // length))
        yield from (alike[first : first + size] for first in range(0, len(alike), size))


def longest_batch(
    rounds: Rounds, sequences: Offsets, words: npt.NDArray[np.int32], largest: int
) -> Tensor:
    """int64[batch, steps]: of the pieces that the first round reads together, the longest."""
    pieces = [piece for found in rounds.ranges[0] for piece in pieces_of(found, sequences)]
    batch = max(batches_of(pieces, largest), key=lambda batch: len(batch[0]))
    rows = np.stack([words[piece.start : piece.stop] for piece in batch])
    return torch.from_numpy(rows.astype(np.int64))
