"""Where a split is cut into sequences, and how these are read side by side, in blocks and parts."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise

import numpy as np

from rnnvis_assets.configuration.analysis_config import RecordingSettings
from rnnvis_assets.configuration.dataset_config import Task
from rnnvis_assets.corpus.corpus import Corpus, Split
from rnnvis_assets.corpus.stored_split import TokenColumn, token_blocks
from warehouse.arrays import AnyArray, Int32Array, Int64Array

Offsets = Int64Array
"""Boundaries in tokens, ascending from 0 to the split's number of tokens: int64[runs + 1]."""


def recorded_split(corpus: Corpus, wanted: RecordingSettings) -> Split:
    """What is recorded: a split, or its beginning."""
    return corpus.splits[wanted.split].limited_to(wanted.tokens)


def stream_offsets(sentence_offsets: Offsets, streams: int) -> Offsets:
    """Cuts a split into contiguous runs of whole sentences, about equal in tokens.

    Each of the ``streams - 1`` ideal cuts moves to the nearest end of a sentence, so a run is at
    most one (longest) sentence longer than the mean. Cuts that meet are one: there are at most
    ``streams`` runs and none is empty. Returns int64[runs + 1].
    """
    total = int(sentence_offsets[-1])
    ideal = np.arange(1, streams) * (total / streams)
    above = np.searchsorted(sentence_offsets, ideal)
    low, high = sentence_offsets[above - 1], sentence_offsets[above]
    nearest = np.where(ideal - low <= high - ideal, low, high)
    return np.unique(np.concatenate([[0], nearest, [total]])).astype(np.int64)


def spread(places: Int64Array, count: int) -> Int64Array:
    """At most ``count`` of some ascending places, evenly spaced among them."""
    if len(places) <= count:
        return places
    return places[np.linspace(0, len(places) - 1, count).round().astype(np.int64)]


def sequence_offsets(split: Split, task: Task, streams: int) -> Offsets:
    """The sequences of a split: every document of a classifier, ``streams`` runs of a language
    model. A document without tokens keeps its number and has no rows."""
    if task == "classification":
        return split.sentence_offsets
    return stream_offsets(split.sentence_offsets, streams)


def sequence_and_position(offsets: Offsets, start: int, stop: int) -> tuple[Int32Array, Int32Array]:
    """Sequence and step within it of the tokens from ``start`` to ``stop``; two int32[tokens]."""
    tokens = np.arange(start, stop)
    sequence = np.searchsorted(offsets, tokens, side="right") - 1
    return sequence.astype(np.int32), (tokens - offsets[sequence]).astype(np.int32)


def scalars_of(sequences: Offsets, word_ids: Int32Array, start: int) -> dict[str, AnyArray]:
    """What is recorded of some tokens of a text, besides their states: the columns ``SCALARS``, for
    ``word_ids`` int32[tokens] from the token ``start``, of a text divided into ``sequences``."""
    stop = start + len(word_ids)
    sequence, position = sequence_and_position(sequences, start, stop)
    return {
        "sequence": sequence,
        "position": position,
        "token": np.arange(start, stop),
        "word_id": word_ids,
    }


def _words_sha256(tokens: TokenColumn) -> str:
    found = sha256()
    for block in token_blocks(tokens):
        found.update(np.ascontiguousarray(block).data)
    return found.hexdigest()


def describe_recording(
    split_name: str, split: Split, sequences: Offsets, weights_sha256: str
) -> dict[str, str]:
    """Everything that determines a recording: equal descriptions mean equal recordings."""
    return {
        "split": split_name,
        "weights_sha256": weights_sha256,
        "words_sha256": _words_sha256(split.tokens),
        "sequences_sha256": sha256(np.ascontiguousarray(sequences).data).hexdigest(),
    }


MAXIMUM_STREAMS = 64
"""Streams read in parallel, and so the most files open in a layer."""

TOKENS_OF_A_STREAM = 2**16
"""Of a long split, whose shards are many then."""

STREAMS_OF_A_SHARD = 16
"""The fewest streams that are read together, so that there are shards for many workers. A product
of fewer mostly waits for its weights: of a 600-unit LSTM a row of 8 takes 47 µs, of 16 it takes 30,
of 64 it takes 21."""

FEWEST_SHARDS = 8
"""Of a split that can be cut into so many streams."""

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
        return tuple(self.rows_of(self.streams).values())

    def rows_of(self, streams: Sequence[Stream]) -> dict[int, int]:
        """Rows of every part of some streams, by its number."""
        return {
            stream.first_part + place: min(self.rows_of_a_part, len(stream) - done)
            for stream in streams
            for place, done in enumerate(range(0, len(stream), self.rows_of_a_part))
        }

    @property
    def shards(self) -> tuple[tuple[Stream, ...], ...]:
        """Streams that follow one another, about as many in each shard.

        What is multiplied together rounds together: so shards depend on nothing but the plan.
        """
        number = max(1, len(self.streams) // STREAMS_OF_A_SHARD)
        cuts = [len(self.streams) * cut // number for cut in range(number + 1)]
        return tuple(self.streams[first:last] for first, last in pairwise(cuts))


def plan_shards(sequences: Offsets, units: int, arrays_of_all_layers: int) -> RecordingPlan:
    """``plan_recording`` of streams that are read shard by shard: there may be more of them."""
    most = max(FEWEST_SHARDS * STREAMS_OF_A_SHARD, int(sequences[-1]) // TOKENS_OF_A_STREAM)
    return plan_recording(sequences, units, arrays_of_all_layers, most)


def plan_recording(
    sequences: Offsets, units: int, arrays_of_all_layers: int, most_streams: int = MAXIMUM_STREAMS
) -> RecordingPlan:
    """The plan for these sequences and a network of ``units`` units a layer, whose streams are read
    together."""
    tokens = int(sequences[-1])
    wanted = max(1, min(most_streams, tokens // FEWEST_TOKENS_OF_A_STREAM))
    offsets = stream_offsets(sequences, wanted)
    row_bytes, at_once = 4 * units, min(len(offsets) - 1, MAXIMUM_STREAMS)
    block_rows = BLOCK_BYTES // (row_bytes * arrays_of_all_layers * at_once)
    steps = max(1, min(block_rows, ROW_GROUP_BYTES // row_bytes))
    streams, first_part = [], 0
    for start, stop in zip(offsets[:-1].tolist(), offsets[1:].tolist(), strict=True):
        streams.append(Stream(start, stop, first_part))
        first_part += math.ceil((stop - start) / (steps * GROUPS_OF_A_PART))
    return RecordingPlan(sequences, tuple(streams), steps)
