"""The sequences of a split: runs of tokens that a network reads without a break."""

from hashlib import sha256

import numpy as np

from rnnvis_assets.configuration.dataset_config import Task
from rnnvis_assets.corpus.corpus import Split
from warehouse.arrays import Int32Array, Int64Array

Offsets = Int64Array
"""Boundaries in tokens, ascending from 0 to the split's number of tokens: int64[runs + 1]."""


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


def describe_recording(
    split_name: str, split: Split, sequences: Offsets, weights_sha256: str
) -> dict[str, str]:
    """Everything that determines a recording: equal descriptions mean equal recordings."""
    return {
        "split": split_name,
        "weights_sha256": weights_sha256,
        "words_sha256": sha256(split.word_ids.tobytes()).hexdigest(),
        "sequences_sha256": sha256(sequences.tobytes()).hexdigest(),
    }
