"""Which tokens of a split are read together: row groups, cut into pieces of sequences.

Where states can be carried, row groups are blocks of streams as for our own networks (see
``rnnvis_assets.recording.recording_plan``); where they cannot, each is a run of whole sequences.
"""

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

import numpy as np
import torch
from torch import Tensor

from rnnvis_assets.recording.recording_plan import (
    BLOCK_BYTES,
    GROUPS_OF_A_PART,
    Offsets,
    plan_recording,
)
from warehouse.arrays import Int32Array
from warehouse.recording_schema import LayerShape

TOKENS_AT_ONCE = 4096
"""Of one call of the network, unless a single sequence has more: its output layer is run too."""

ROWS_OF_A_RUN = 16_384
"""Rows of a run of whole sequences, unless a single one has more."""


@dataclass(frozen=True)
class RowGroup:
    """Consecutive tokens that make one row group of a part; ``stream`` numbers the groups that
    continue each other."""

    tokens: range
    part: int
    stream: int


@dataclass(frozen=True)
class ReadingPlan:
    """All row groups in the order in which they are read, those that are read together in a list,
    and the rows of every part."""

    groups: Sequence[Sequence[RowGroup]]
    part_rows: Sequence[int]


def _row_bytes(shapes: Sequence[LayerShape]) -> int:
    return 4 * sum(shape.units * len(shape.arrays) for shape in shapes)


def plan_blocks(sequences: Offsets, shapes: Sequence[LayerShape]) -> ReadingPlan:
    """Blocks of streams that are read in parallel; a block may end within a sequence."""
    widest = max(shape.units for shape in shapes)
    plan = plan_recording(sequences, widest, math.ceil(_row_bytes(shapes) / (4 * widest)))

    def group(number: int, begin: int) -> RowGroup:
        stream = plan.streams[number]
        start = stream.start + begin
        tokens = range(start, min(start + plan.steps, stream.stop))
        return RowGroup(tokens, plan.part_of(stream, start), number)

    lengths = [len(stream) for stream in plan.streams]
    groups = [
        [group(number, begin) for number, length in enumerate(lengths) if begin < length]
        for begin in range(0, max(lengths), plan.steps)
    ]
    return ReadingPlan(groups, plan.part_rows)


def plan_sequences(sequences: Offsets, shapes: Sequence[LayerShape]) -> ReadingPlan:
    """Runs of whole sequences, one after the other."""
    largest = max(1, min(ROWS_OF_A_RUN, BLOCK_BYTES // _row_bytes(shapes)))
    cuts = [int(sequences[0])]
    for start, stop in pairwise(sequences.tolist()):
        if stop - cuts[-1] > largest and start > cuts[-1]:
            cuts.append(start)
    if int(sequences[-1]) > cuts[-1]:
        cuts.append(int(sequences[-1]))
    groups = [
        RowGroup(range(start, stop), part=number // GROUPS_OF_A_PART, stream=0)
        for number, (start, stop) in enumerate(pairwise(cuts))
    ]
    parts = groupby(groups, key=lambda group: group.part)
    rows = [sum(len(group.tokens) for group in part) for _, part in parts]
    return ReadingPlan([[group] for group in groups], rows)


def pieces_of(tokens: range, sequences: Offsets) -> list[range]:
    """The sequences among tokens, or what of them lies there."""
    inner = sequences[(sequences > tokens.start) & (sequences < tokens.stop)]
    cuts = np.unique([tokens.start, *inner, tokens.stop])
    return [range(start, stop) for start, stop in pairwise(cuts.tolist())]


def batches_of(pieces: Sequence[range], largest: int) -> Iterator[list[range]]:
    """Pieces of equal length together, so that nothing is ever padded."""
    by_length: dict[int, list[range]] = defaultdict(list)
    for piece in pieces:
        by_length[len(piece)].append(piece)
    for length, alike in by_length.items():
        size = max(1, min(largest, TOKENS_AT_ONCE // length))
        yield from (alike[first : first + size] for first in range(0, len(alike), size))


def longest_batch(plan: ReadingPlan, sequences: Offsets, words: Int32Array, largest: int) -> Tensor:
    """int64[batch, steps]: of the batches that the first row groups are read in, the longest."""
    pieces = [piece for group in plan.groups[0] for piece in pieces_of(group.tokens, sequences)]
    batch = max(batches_of(pieces, largest), key=lambda batch: len(batch[0]))
    rows = np.stack([words[piece.start : piece.stop] for piece in batch])
    return torch.from_numpy(rows.astype(np.int64))
