"""How a recording is laid out: lanes read side by side, blocks of steps, Parquet parts.

A lane is a run of whole sequences: one stream of a language model, many documents of a
classifier. All lanes are read side by side, ``steps`` words at a time, the state set to zero
wherever a sequence begins; so nothing is padded but the lanes' last blocks. A lane's rows lie in
parts of its own, a row group a block; parts in order are rows in order.
"""

import math
from dataclasses import dataclass

from rnnvis_assets.recording.sequence_offsets import Offsets, stream_offsets

MAXIMUM_LANES = 64
"""Lanes side by side, and so the most files open in a layer."""

FEWEST_TOKENS_OF_A_LANE = 256
"""Below that, files would be tiny."""

BLOCK_BYTES = 96 * 2**20
"""All arrays of one block, over all lanes and layers: what bounds the memory of a recording."""

ROW_GROUP_BYTES = 256 * 2**10
"""One array of a row group: what reading one sentence, or one word, costs at the least."""

GROUPS_OF_A_PART = 64
"""Row groups of a part: a writer keeps the description of every group until its file ends."""


@dataclass(frozen=True)
class Lane:
    """The tokens from ``start`` to ``stop``; ``first_part`` is the part where they begin."""

    start: int
    stop: int
    first_part: int

    def __len__(self) -> int:
        return self.stop - self.start


@dataclass(frozen=True)
class Layout:
    """``sequences`` and ``lanes`` cut the same tokens; ``steps`` are rows of a row group."""

    sequences: Offsets
    lanes: tuple[Lane, ...]
    steps: int

    @property
    def rows_of_a_part(self) -> int:
        return self.steps * GROUPS_OF_A_PART

    def part_of(self, lane: Lane, token: int) -> int:
        """The part that holds a token of ``lane``."""
        return lane.first_part + (token - lane.start) // self.rows_of_a_part

    @property
    def part_rows(self) -> tuple[int, ...]:
        """Rows of every part."""
        return tuple(
            min(self.rows_of_a_part, len(lane) - done)
            for lane in self.lanes
            for done in range(0, len(lane), self.rows_of_a_part)
        )


def lay_out(sequences: Offsets, units: int, arrays_of_all_layers: int) -> Layout:
    """The layout for these sequences and a network of ``units`` units a layer."""
    tokens = int(sequences[-1])
    wanted = max(1, min(MAXIMUM_LANES, tokens // FEWEST_TOKENS_OF_A_LANE))
    offsets = stream_offsets(sequences, wanted)
    row_bytes = 4 * units
    block_rows = BLOCK_BYTES // (row_bytes * arrays_of_all_layers * (len(offsets) - 1))
    steps = max(1, min(block_rows, ROW_GROUP_BYTES // row_bytes))
    lanes, first_part = [], 0
    for start, stop in zip(offsets[:-1].tolist(), offsets[1:].tolist(), strict=True):
        lanes.append(Lane(start, stop, first_part))
        first_part += math.ceil((stop - start) / (steps * GROUPS_OF_A_PART))
    return Layout(sequences, tuple(lanes), steps)
