"""How a recording is laid out: streams read in parallel, blocks of steps, Parquet parts.

A stream is a run of whole sequences: one sequence of a language model, or many documents of a
classifier. All streams advance together, ``steps`` words at a time, and the state is reset to zero
wherever a sequence begins, so only the last block of a stream is padded. Every stream writes its
own parts, one row group a block; parts in order give rows in order.
"""

import math
from dataclasses import dataclass

from rnnvis_assets.recording.sequence_offsets import Offsets, stream_offsets

MAXIMUM_STREAMS = 64
"""Streams read in parallel, and so the most files open in a layer."""

FEWEST_TOKENS_OF_A_STREAM = 256
"""With fewer, files would be tiny."""

BLOCK_BYTES = 96 * 2**20
"""All arrays of one block, over all streams and layers: what bounds the memory of a recording."""

ROW_GROUP_BYTES = 256 * 2**10
"""One array of a row group: the least that reading one sentence or one word costs."""

GROUPS_OF_A_PART = 64
"""Row groups of a part: a writer keeps the metadata of every group until its file ends."""


@dataclass(frozen=True)
class Stream:
    """The tokens from ``start`` to ``stop``; ``first_part`` is the part where they begin."""

    start: int
    stop: int
    first_part: int

    def __len__(self) -> int:
        return self.stop - self.start


@dataclass(frozen=True)
class RecordingPlan:
    """``sequences`` and ``streams`` divide the same tokens; a row group has ``steps`` rows."""

    sequences: Offsets
    streams: tuple[Stream, ...]
    steps: int

    @property
    def rows_of_a_part(self) -> int:
        return self.steps * GROUPS_OF_A_PART

    def part_of(self, stream: Stream, token: int) -> int:
        """The part with a token of ``stream``."""
        return stream.first_part + (token - stream.start) // self.rows_of_a_part

    @property
    def part_rows(self) -> tuple[int, ...]:
        """Rows of every part."""
        return tuple(
            min(self.rows_of_a_part, len(stream) - done)
            for stream in self.streams
            for done in range(0, len(stream), self.rows_of_a_part)
        )


def plan_recording(sequences: Offsets, units: int, arrays_of_all_layers: int) -> RecordingPlan:
    """The plan for these sequences and a network of ``units`` units a layer."""
    tokens = int(sequences[-1])
    wanted = max(1, min(MAXIMUM_STREAMS, tokens // FEWEST_TOKENS_OF_A_STREAM))
    offsets = stream_offsets(sequences, wanted)
    row_bytes = 4 * units
    block_rows = BLOCK_BYTES // (row_bytes * arrays_of_all_layers * (len(offsets) - 1))
    steps = max(1, min(block_rows, ROW_GROUP_BYTES // row_bytes))
    streams, first_part = [], 0
    for start, stop in zip(offsets[:-1].tolist(), offsets[1:].tolist(), strict=True):
        streams.append(Stream(start, stop, first_part))
        first_part += math.ceil((stop - start) / (steps * GROUPS_OF_A_PART))
    return RecordingPlan(sequences, tuple(streams), steps)
