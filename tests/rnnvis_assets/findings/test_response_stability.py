"""Split halves of a recording: exact means, and reliabilities planted both ways."""

from tempfile import TemporaryFile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnvis_assets.findings.response_stability import (
    half_means,
    reliability,
    reliability_by_count,
    stable_responses,
)
from warehouse import array_pieces
from warehouse.findings_table import INCONCLUSIVE, NOT_SUPPORTED, SUPPORTED

UNITS = 40


@given(
    words=st.lists(st.integers(0, 5), min_size=1, max_size=60),
    cuts=st.lists(st.integers(0, 60), max_size=4),
    ends=st.lists(st.integers(1, 60), max_size=4),
)
def test_halves_are_the_even_and_the_odd_sequences(words, cuts, ends):
    """To the last bit, however the recording is cut into blocks."""
    ids = np.array(words)
    sequences = np.searchsorted(np.sort(ends), np.arange(len(ids)), side="right")
    changes = np.random.default_rng(0).normal(size=(len(ids), 3)).astype(np.float32)
    parts = np.split(np.arange(len(ids)), sorted(cut for cut in cuts if cut < len(ids)))
    blocks = [(sequences[part], ids[part], changes[part]) for part in parts]
    with TemporaryFile() as file:
        means = half_means(blocks, 6, 3, file)
        for half in (0, 1):
            for word in range(6):
                own = changes[(ids == word) & (sequences % 2 == half)]
                assert means.counts[half, word] == len(own)
                expected = sum(own.astype(np.float64), np.zeros(3)) / max(len(own), 1)
                np.testing.assert_array_equal(means[half, np.array([word])], [expected])


def test_half_means_in_a_file_are_judged_as_those_in_memory():
    random = np.random.default_rng(0)
    ids, changes = random.integers(50, size=900), random.normal(size=(900, UNITS))
    blocks = [(np.arange(900) // 90, ids, changes + ids[:, None] * np.arange(UNITS) / 99)]
    with TemporaryFile() as file:
        means = half_means(blocks, 50, UNITS, file)
        in_memory = np.stack([means[half, np.arange(50)] for half in (0, 1)])
        found = stable_responses(means, means.counts, minimum_count=5)
        assert found == stable_responses(in_memory, means.counts, minimum_count=5)
    assert found[0].value > 0.5


def test_reliability_is_spearman_brown():
    one = np.array([[1.0, 2, 3, 4], [1, 2, 3, 4]])
    other = np.array([[2.0, 1, 4, 3], [4, 3, 2, 1]])
    np.testing.assert_allclose(reliability(one, other), [2 * 0.6 / 1.6, 0])


def test_bins_go_up_to_the_next_bound():
    bins = reliability_by_count(np.arange(6.0), np.array([2, 3, 5, 6, 7, 5000]))
    assert bins[5].tolist() == [2, 3]
    assert bins[7].tolist() == [4]
    assert bins[200].tolist() == [5]
    assert sum(map(len, bins.values())) == 6


def planted(noise: float, common: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Half means of 200 words: the word's own response, noise that falls with its count, and a
    profile in common."""
    random = np.random.default_rng(1)
    counts = np.repeat([2, 5, 20, 200], 50)
    own = random.normal(size=(200, UNITS)) + common * random.normal(size=UNITS)
    spread = noise / np.sqrt(counts / 2)[:, None]
    halves = [own + spread * random.normal(size=own.shape) for _ in range(2)]
    return np.stack(halves), np.stack((counts // 2, counts - counts // 2))


def test_stable_responses_hold():
    stable, rare = stable_responses(*planted(0.3), minimum_count=5)
    assert stable.verdict == rare.verdict == SUPPORTED
    assert stable.value > rare.value > 0.95
    assert stable.reference < 0.3


@pytest.mark.parametrize("piece", [1, 3 * UNITS, 150 * UNITS])
def test_pieces_of_any_size_give_the_same_findings(monkeypatch, piece):
    halves, counts = planted(2.0)
    counts[0, ::7] = 0
    whole = stable_responses(halves, counts, minimum_count=5)
    monkeypatch.setattr(array_pieces, "PIECE", piece)
    assert stable_responses(halves, counts, minimum_count=5) == whole


def test_words_of_one_half_do_not_count():
    halves, counts = planted(2.0)
    counts[1, ::7] = 0
    both = np.flatnonzero(counts[1])
    of_both = stable_responses(halves[:, both], counts[:, both], minimum_count=5)
    assert stable_responses(halves, counts, minimum_count=5) == of_both


def test_noise_does_not_hold():
    """A word of n occurrences has a reliability of 1 / (1 + noise² / n) in expectation."""
    halves, counts = planted(8.0)
    stable, rare = stable_responses(halves, counts, minimum_count=5)
    assert stable.verdict == rare.verdict == NOT_SUPPORTED
    assert rare.value == pytest.approx(1 / (1 + 64 / 5), abs=0.15)
    by_count = reliability_by_count(reliability(*halves), counts.sum(axis=0))
    assert by_count[200].mean() == pytest.approx(1 / (1 + 64 / 200), abs=0.03)


def test_what_all_words_share_makes_no_word_reliable():
    stable, _ = stable_responses(*planted(8.0), minimum_count=5)
    shared, _ = stable_responses(*planted(8.0, common=20.0), minimum_count=5)
    assert shared.value == pytest.approx(stable.value, abs=0.05)
    assert "with the common profile of all words 0.9" in shared.explanation


def test_too_few_words_cannot_be_judged():
    halves, counts = planted(0.3)
    found = stable_responses(halves[:, :60], counts[:, :60], minimum_count=20)
    assert [part.verdict for part in found] == [INCONCLUSIVE, INCONCLUSIVE]


def test_without_rare_words_only_the_first_part_is_judged():
    stable, rare = stable_responses(*planted(0.3), minimum_count=8)
    assert (stable.verdict, rare.verdict) == (SUPPORTED, INCONCLUSIVE)
