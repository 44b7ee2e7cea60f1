"""Expected responses against plain NumPy in float64, however the steps come and fit."""

import tempfile
import tracemalloc
from dataclasses import fields
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnvis_assets.expected_response.mean_response import (
    ExpectedResponse,
    count_words,
    expected_responses,
    respond,
)
from rnnvis_assets.expected_response.word_buckets import WordBlock
from tests.rnnvis_assets.expected_response.made_up_steps import (
    assert_same,
    cut,
    expect,
    make_steps,
    some_steps,
    zipf_words,
)
from warehouse import array_pieces

SPLIT_UP = 2_000
"""A budget in bytes that no test's steps fit."""


def stream(steps: WordBlock, at: list[int], budget_bytes: int, scratch: Path) -> ExpectedResponse:
    """All pieces of the streamed result, put together."""
    counts = count_words([steps[0]])
    units = steps[1].shape[1]
    pieces = list(
        expected_responses(
            cut(steps, at), counts, units, scratch=scratch, budget_bytes=budget_bytes
        )
    )
    return ExpectedResponse(
        word_ids=np.concatenate([piece.word_ids for piece in pieces]),
        counts=np.concatenate([piece.counts for piece in pieces]),
        mean=np.concatenate([piece.mean for piece in pieces]),
        quantiles=np.concatenate([piece.quantiles for piece in pieces], axis=1),
    )


@pytest.mark.slow
def test_words_of_a_text(tmp_path: Path) -> None:
    steps = make_steps(zipf_words(20_000, 3_000), 24)
    expected = expect(steps)
    assert (expected.counts == 1).any()
    assert expected.counts.max() > 2_000
    assert_same(respond(*steps), expected)
    assert_same(stream(steps, [1, 7_000, 7_001], 200_000, tmp_path), expected)


def test_by_hand() -> None:
    words = np.array([3, 1, 3], np.int32)
    changes = np.array([[0.0, 1.0], [0.5, -0.5], [1.0, 0.0]], np.float32)
    response = respond(words, changes)
    assert response.word_ids.tolist() == [1, 3]
    assert response.counts.tolist() == [1, 2]
    assert response.mean.tolist() == [[0.5, -0.5], [0.5, 0.5]]
    np.testing.assert_allclose(response.quantiles[:, 1, 0], [0.09, 0.25, 0.5, 0.75, 0.91])
    np.testing.assert_array_equal(response.quantiles[:, 0], [[0.5, -0.5]] * 5)
    assert [getattr(response, field.name).dtype for field in fields(response)] == [
        np.int32, np.int64, np.float32, np.float32,
    ]  # fmt: skip


def test_a_word_that_occurs_once_is_copied() -> None:
    steps = make_steps([5], 3)
    response = respond(*steps)
    np.testing.assert_array_equal(response.mean, steps[1])
    np.testing.assert_array_equal(response.quantiles, np.stack([steps[1]] * 5))


@pytest.mark.parametrize("count", [2, 3, 16, 31, 32, 33, 64, 65, 127, 128, 129, 1_000, 50_000])
def test_any_number_of_occurrences(count: int) -> None:
    steps = make_steps(np.zeros(count), 7, seed=count)
    assert_same(respond(*steps), expect(steps))


def test_one_unit() -> None:
    steps = make_steps(zipf_words(2_000, 50), 1)
    assert_same(respond(*steps), expect(steps))


def test_changes_that_are_all_zero() -> None:
    words, changes = make_steps(zipf_words(500, 20), 4)
    response = respond(words, np.zeros_like(changes))
    assert not response.mean.any()
    assert not response.quantiles.any()


def test_a_frequent_word_far_from_zero_keeps_its_precision() -> None:
    changes = np.full((200_000, 1), 0.1, np.float32)
    response = respond(np.zeros(len(changes), np.int32), changes)
    np.testing.assert_allclose(response.mean, 0.1, atol=1e-7)


@pytest.mark.slow
@settings(max_examples=30)
@given(some_steps(), st.lists(st.integers(0, 300), max_size=6), st.sampled_from([1, SPLIT_UP]))
def test_neither_blocks_nor_budget_change_the_result(
    steps: WordBlock, at: list[int], budget_bytes: int
) -> None:
    at = [min(index, len(steps[0])) for index in at]
    with tempfile.TemporaryDirectory() as folder:
        found = stream(steps, at, budget_bytes, Path(folder))
    assert_same(found, respond(*steps))


@settings(max_examples=30)
@given(some_steps(), st.randoms(use_true_random=False))
def test_the_order_of_steps_does_not_change_the_result(steps: WordBlock, random: Random) -> None:
    order = list(range(len(steps[0])))
    random.shuffle(order)
    assert_same(respond(steps[0][order], steps[1][order]), respond(*steps))


def test_a_word_larger_than_the_budget(tmp_path: Path) -> None:
    words = np.concatenate([np.full(900, 4), zipf_words(100, 30)])
    steps = make_steps(np.random.default_rng(0).permutation(words), 10)
    assert_same(stream(steps, [10, 500], SPLIT_UP, tmp_path), expect(steps))


def _traced_peak(steps: int, folder: Path) -> int:
    word_ids, values = zipf_words(steps, 500), np.zeros((1000, 16), np.float32)
    blocks = ((word_ids[start : start + 1000], values) for start in range(0, steps, 1000))
    counts = np.bincount(word_ids)
    tracemalloc.start()
    try:
        for _ in expected_responses(blocks, counts, 16, scratch=folder, budget_bytes=2**19):
            pass
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.slow
def test_memory_does_not_grow_with_the_steps(tmp_path: Path, monkeypatch) -> None:
    """Up to where no unit of the most frequent word fits."""
    monkeypatch.setattr(array_pieces, "PIECE", 2**14)
    _traced_peak(1_000, tmp_path)
    assert _traced_peak(50_000, tmp_path) < 1.1 * _traced_peak(10_000, tmp_path)


def test_pieces_come_in_the_order_of_the_words(tmp_path: Path) -> None:
    steps = make_steps(zipf_words(2_000, 200), 8)
    found = stream(steps, [], SPLIT_UP, tmp_path)
    assert (np.diff(found.word_ids) > 0).all()
    assert found.counts.sum() == 2_000


def test_counting_words_block_by_block() -> None:
    blocks = [np.array([1, 1], np.int32), np.array([], np.int32), np.array([4, 0], np.int32)]
    assert count_words(blocks).tolist() == [1, 2, 0, 0, 1]
    assert count_words([]).tolist() == []
