"""Cutting a split: whole sentences, every token once, about equal lengths."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnvis_assets.corpus.corpus import Split
from rnnvis_assets.recording.recording_plan import (
    sequence_and_position,
    sequence_offsets,
    spread,
    stream_offsets,
)

LENGTHS = st.lists(st.integers(0, 30), min_size=1, max_size=40).filter(any)


def offsets_of(lengths: list[int]) -> np.ndarray:
    return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)


@pytest.mark.parametrize(
    ("lengths", "streams", "expected"),
    [
        ([10, 10, 10, 10], 4, [0, 10, 20, 30, 40]),
        ([10, 10, 10, 10], 2, [0, 20, 40]),
        ([5, 15, 10, 10], 4, [0, 5, 20, 30, 40]),
        ([7], 3, [0, 7]),
        ([1, 1, 98], 2, [0, 2, 100]),
        ([3, 3, 3], 1, [0, 9]),
    ],
)
def test_cuts_by_hand(lengths: list[int], streams: int, expected: list[int]) -> None:
    found = stream_offsets(offsets_of(lengths), streams)
    assert found.dtype == np.int64
    assert found.tolist() == expected


@given(LENGTHS, st.integers(1, 12))
def test_streams_are_whole_sentences_and_near_the_mean(lengths: list[int], streams: int) -> None:
    sentences = offsets_of(lengths)
    found = stream_offsets(sentences, streams)
    assert found[0] == 0
    assert found[-1] == sentences[-1]
    assert set(found) <= set(sentences)
    assert (np.diff(found) > 0).all()
    assert len(found) - 1 <= streams
    assert np.diff(found).max() <= sentences[-1] / streams + max(lengths)


@given(LENGTHS)
def test_sequence_and_position_count_from_each_start(lengths: list[int]) -> None:
    offsets = offsets_of(lengths)
    expected = [(s, p) for s, length in enumerate(lengths) for p in range(length)]
    start = len(expected) // 3
    sequence, position = sequence_and_position(offsets, start, len(expected))
    assert (sequence.dtype, position.dtype) == (np.int32, np.int32)
    assert list(zip(sequence.tolist(), position.tolist(), strict=True)) == expected[start:]


def test_a_classifier_restarts_at_every_document_a_language_model_runs_on() -> None:
    offsets = offsets_of([4, 0, 4, 8])
    split = Split(
        tokens=np.zeros(16, np.int32),
        sentence_offsets=offsets,
        documents=np.arange(4, dtype=np.int32),
        labels=None,
        texts=("",) * 4,
        tags=None,
    )
    assert sequence_offsets(split, "classification", 2).tolist() == offsets.tolist()
    assert sequence_offsets(split, "language_model", 2).tolist() == [0, 8, 16]


def test_spread_keeps_the_ends_and_all_of_a_few() -> None:
    assert spread(np.array([3, 5, 8, 9, 11]), 3).tolist() == [3, 8, 11]
    assert spread(np.array([3, 5]), 3).tolist() == [3, 5]
