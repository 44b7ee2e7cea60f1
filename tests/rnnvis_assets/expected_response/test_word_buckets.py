"""Buckets: every step in its word's bucket, once, in its order, and nothing left on disk."""

import resource
from pathlib import Path

import numpy as np
import pytest

from rnnvis_assets.expected_response.word_buckets import WordBlock, plan_buckets, read_by_bucket
from tests.rnnvis_assets.expected_response.made_up_steps import cut, make_steps, zipf_words
from warehouse.errors import AnalysisError


def test_neighbouring_words_share_a_bucket_that_fits() -> None:
    # A word costs count + 6 results rows of 2 units of 4 bytes, and count places of 40 bytes; with
    # three copies of its rows, one of 3 takes 3 * (3 * 8 + 40) + 6 * 8 = 240 bytes.
    buckets = plan_buckets(np.array([0, 1, 2, 0, 3, 50, 1]), 2, 240)
    assert [bucket.first_word for bucket in buckets] == [1, 4, 5, 6]
    assert [bucket.rows for bucket in buckets] == [3, 3, 50, 1]
    assert [len(bucket.columns) for bucket in buckets] == [1, 1, 2, 1]
    assert [bucket.offset for bucket in buckets] == [0, 36, 72, 672]


def test_units_of_a_frequent_word_are_read_a_few_at_a_time() -> None:
    (bucket,) = plan_buckets(np.array([100]), 10, 100 * 4 * 10)
    widths = [columns.stop - columns.start for columns in bucket.columns]
    assert sum(widths) == 10
    assert max(widths) * 3 <= 10 + 3


def test_no_words_no_buckets(tmp_path: Path) -> None:
    assert plan_buckets(np.zeros(5, np.int64), 3, 100) == ()
    assert list(read_by_bucket([], np.zeros(5, np.int64), 3, scratch=tmp_path)) == []


@pytest.mark.parametrize("budget_bytes", [1, 3_000, 10**9])
def test_steps_keep_their_order_within_a_word(budget_bytes: int, tmp_path: Path) -> None:
    word_ids, values = make_steps(zipf_words(1_000, 40), 5)
    counts = np.bincount(word_ids)
    found: dict[int, list[np.ndarray]] = {}
    blocks = cut((word_ids, values), [100, 999])
    buckets = read_by_bucket(blocks, counts, 5, scratch=tmp_path, budget_bytes=budget_bytes)
    for bucket in buckets:
        pieces = list(bucket)
        whole = np.hstack([piece for _, piece in pieces])
        for word in np.unique(pieces[0][0]):
            assert word not in found
            found[word] = whole[pieces[0][0] == word]
    assert sorted(found) == np.unique(word_ids).tolist()
    for word, rows in found.items():
        np.testing.assert_array_equal(rows, values[word_ids == word])


def test_only_what_does_not_fit_needs_the_scratch_folder(tmp_path: Path) -> None:
    steps = make_steps(zipf_words(500, 40), 5)
    counts, missing = np.bincount(steps[0]), tmp_path / "missing"
    assert len(list(read_by_bucket([steps], counts, 5, scratch=missing))) == 1
    with pytest.raises(FileNotFoundError):
        next(read_by_bucket([steps], counts, 5, scratch=missing, budget_bytes=1_000))


def test_a_killed_run_could_leave_nothing(tmp_path: Path) -> None:
    steps = make_steps(zipf_words(500, 40), 5)
    counts = np.bincount(steps[0])
    next(read_by_bucket([steps], counts, 5, scratch=tmp_path, budget_bytes=1_000))
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_left_behind_after_an_error(tmp_path: Path) -> None:
    def broken() -> WordBlock:
        yield steps
        raise RuntimeError("the disk fell off")

    steps = make_steps(zipf_words(500, 40), 5)
    counts = np.bincount(steps[0])
    with pytest.raises(RuntimeError, match="fell off"):
        next(read_by_bucket(broken(), counts, 5, scratch=tmp_path, budget_bytes=1_000))
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_an_error(tmp_path: Path) -> None:
    steps = make_steps(zipf_words(500, 40), 5)
    counts = np.bincount(steps[0])
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4_096, hard))
    try:
        with pytest.raises(OSError, match="File too large"):
            next(read_by_bucket([steps], counts, 5, scratch=tmp_path, budget_bytes=1_000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([0, 0, 1, 1], "more steps of a word"),
        ([0, 0, 7], "more steps of a word"),
        ([0, 1], "holds 2 steps, 3 were counted"),
    ],
)
def test_words_other_than_those_counted(words: list[int], message: str, tmp_path: Path) -> None:
    with pytest.raises(AnalysisError, match=message):
        next(read_by_bucket([make_steps(words, 2)], np.array([2, 1]), 2, scratch=tmp_path))
