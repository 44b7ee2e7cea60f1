"""Word families, alike and opposed words, opposite units: planted where the answer is known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import normalized_mutual_info_score

from rnnvis_assets.findings.opinion_lexicon import good_and_bad
from rnnvis_assets.findings.paired_units import paired_units
from rnnvis_assets.findings.response_similarity import (
    WordGroups,
    alike_pairs,
    beyond_embedding,
    correlations,
    farther_exception,
    less_alike,
    near_partners,
    partner_ranks,
    random_pairs,
)
from rnnvis_assets.findings.sentiment import opposite_words, parted_clouds, youdens_j
from rnnvis_assets.findings.word_families import agreement, word_families
from warehouse import stored_responses
from warehouse.findings_table import INCONCLUSIVE, NOT_SUPPORTED, SUPPORTED

pytestmark = pytest.mark.slow

WORDS, UNITS, PAIRS = 80, 30, 8
ROWS = np.arange(2 * PAIRS).reshape(PAIRS, 2)
COUNTS = np.arange(WORDS)[::-1] + 1


def groups(rows) -> WordGroups:
    rows = np.asarray(rows)
    return WordGroups(tuple(tuple(f"w{row}" for row in group) for group in rows), rows)


LISTED, SINGLE = groups(ROWS), groups([[70, 71]])
NONE = groups(np.empty((0, 2), int))


def noise(seed: int = 0, words: int = WORDS) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(words, UNITS))


def paired_responses(sign: float) -> np.ndarray:
    """The second word of every listed pair does what the first does, times ``sign``."""
    responses = noise()
    responses[ROWS[:, 1]] = sign * responses[ROWS[:, 0]] + 0.2 * noise(1, PAIRS)
    return responses


def test_perfect_families_agree_wholly_and_beat_the_embedding():
    tags = np.repeat(np.arange(4), 30)
    chance, beyond = word_families(tags, [np.tile(np.arange(4), 30)] * 2, tags)
    assert chance.value == pytest.approx(1)
    assert chance.verdict == beyond.verdict == SUPPORTED
    assert chance.reference < chance.threshold < 0.1
    assert beyond.value == pytest.approx(1, abs=0.01)
    assert beyond.reference == pytest.approx(0, abs=0.01)


def test_families_without_relation_do_not_hold():
    tags = np.repeat(np.arange(4), 30)
    unrelated = np.tile(np.arange(4), 30)
    chance, beyond = word_families(unrelated, [tags], tags)
    assert chance.value == pytest.approx(0, abs=0.01)
    assert chance.verdict != SUPPORTED
    assert beyond.verdict == NOT_SUPPORTED


def test_families_by_hand():
    """Half of two equal classes mixed up: H = ln 2, mutual information ln 2 - H(1/4)."""
    tags = np.repeat([0, 1], 40)
    clusters = np.repeat([0, 1, 0, 1], [30, 10, 10, 30])
    chance, _ = word_families(clusters, [tags], tags)
    left = -(0.25 * np.log(0.25) + 0.75 * np.log(0.75))
    assert chance.value == pytest.approx(1 - left / np.log(2))


def test_families_without_tags_cannot_be_told():
    none = np.empty(0, int)
    found = word_families(none, [none], none)
    assert [part.verdict for part in found] == [INCONCLUSIVE, INCONCLUSIVE]
    assert "doctor" in found[0].explanation


LABELS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 4)), min_size=1, max_size=40)


@given(LABELS)
def test_agreement_is_scikit_learns(pairs):
    tags, clusters = np.array(pairs).T
    expected = normalized_mutual_info_score(tags, clusters)
    assert agreement(tags, clusters) == pytest.approx(expected, abs=1e-9)


def test_correlations_are_pearsons():
    one, other = noise(5), noise(6)
    expected = [np.corrcoef(a, b)[0, 1] for a, b in zip(one, other, strict=True)]
    np.testing.assert_allclose(correlations(one, other), expected)
    assert correlations(np.ones((1, 5)), one[:1, :5]).tolist() == [0]


def test_random_pairs_are_other_words_of_near_frequency():
    drawn = random_pairs(COUNTS, np.array([40, 2]), np.random.default_rng(0))
    assert not np.isin(drawn, [40, 2]).any()
    assert set(drawn[:, 0]) <= set(range(30, 51))
    assert set(drawn[:, 1]) <= set(range(23))
    assert (drawn[:, 0] != drawn[:, 1]).all()


def test_alike_pairs_both_ways():
    held, excesses = alike_pairs("s", paired_responses(1), COUNTS, LISTED)
    assert excesses.mean() == pytest.approx(held.value)
    assert held.verdict == SUPPORTED
    assert held.value == pytest.approx(0.98 - held.reference, abs=0.01)
    assert abs(held.reference) < 0.15
    assert alike_pairs("s", paired_responses(-1), COUNTS, LISTED)[0].verdict == NOT_SUPPORTED
    assert alike_pairs("s", noise(9), COUNTS, groups(ROWS[:4]))[0].verdict == INCONCLUSIVE


def test_what_all_words_share_is_no_likeness_of_pairs():
    """A part common to all words lifts listed and random pairs alike."""
    common = 5 * np.random.default_rng(4).normal(size=UNITS)
    found, _ = alike_pairs("s", noise() + common, COUNTS, LISTED)
    assert found.reference > 0.9
    assert abs(found.value) < 0.05


def test_less_alike_both_ways():
    third = np.full((PAIRS, 1), 70)
    triples = groups(np.hstack((ROWS, third)))
    held, differences = less_alike("s", paired_responses(1), triples)
    assert differences.mean() == pytest.approx(held.value)
    assert held.verdict == SUPPORTED
    assert held.value == pytest.approx(1, abs=0.15)
    turned = groups(np.stack((ROWS[:, 0], third[:, 0], ROWS[:, 1]), axis=1))
    assert less_alike("s", paired_responses(1), turned)[0].verdict == NOT_SUPPORTED


def test_what_the_embedding_has_already_is_taken_off():
    responses, embedding = np.linspace(0.8, 0.9, 6), np.linspace(0.5, 0.4, 6)
    found = beyond_embedding("s", responses, embedding, over="pairs of words")
    assert (found.value, found.reference) == (pytest.approx(0.4), pytest.approx(0.45))
    assert found.verdict == SUPPORTED
    assert beyond_embedding("s", embedding, responses, over="p").verdict == NOT_SUPPORTED
    assert beyond_embedding("s", responses[:4], embedding[:4], over="p").verdict == INCONCLUSIVE


def test_ranks_of_partners_by_hand():
    """Words along a quarter circle: the farther, the less they correlate."""
    angles = np.array([0.0, 0.1, 0.3, 0.6, 1.0])
    waves = np.stack([np.cos(angles), np.sin(angles)], axis=1) @ np.array(
        [[1, -1, 0, 0.0], [0, 0, 1, -1]]
    )
    pairs = np.array([[0, 1], [0, 3], [0, 4]])
    np.testing.assert_allclose(partner_ranks(waves, pairs), [1, 1 / 3, 0])


@pytest.mark.parametrize("rows", [1, 7, WORDS])
def test_blocks_of_any_size_give_the_same_ranks(monkeypatch, rows):
    responses = np.random.default_rng(5).normal(size=(WORDS, UNITS)).astype(np.float32)
    whole = partner_ranks(responses, ROWS)
    monkeypatch.setattr(stored_responses, "BLOCK_ROWS", rows)
    assert partner_ranks(responses, ROWS).tolist() == whole.tolist()


def test_near_partners_both_ways():
    held = near_partners("s", paired_responses(1), LISTED)
    assert (held.value, held.verdict) == (1, SUPPORTED)
    assert near_partners("s", noise(9), LISTED).verdict == NOT_SUPPORTED
    assert near_partners("s", noise(9), groups(ROWS[:4])).verdict == INCONCLUSIVE


def test_an_exception_both_ways():
    responses = paired_responses(1)
    responses[71] = -responses[70]
    held = farther_exception("s", responses, LISTED, SINGLE)
    assert (held.value, held.reference, held.verdict) == (1, 0, SUPPORTED)
    responses[71] = responses[70]
    found = farther_exception("s", responses, LISTED, SINGLE)
    assert (found.value, found.reference) == (0.5, 1)
    assert found.verdict == NOT_SUPPORTED
    assert farther_exception("s", responses, LISTED, NONE).verdict == INCONCLUSIVE


def test_opposed_words_both_ways():
    held = opposite_words(paired_responses(-1), LISTED)
    assert held.verdict == SUPPORTED
    assert held.value == pytest.approx(0.98, abs=0.03)
    assert opposite_words(paired_responses(1), LISTED).verdict == NOT_SUPPORTED


def test_every_pair_is_told_with_its_number():
    assert groups([[0, 1], [2, 3]]).listed(np.array([0.5, -0.25])) == "w0/w1 0.50, w2/w3 -0.25"


def test_parted_clouds_by_hand():
    good, bad = np.array([1] * 18 + [0] * 2), np.array([0] * 19 + [1])
    for one, other in ((good, bad), (1 - good, 1 - bad)):
        found = parted_clouds(one, other)
        assert found.value == pytest.approx(0.85)
        assert youdens_j(one, other) == pytest.approx(0.85)
        assert found.verdict == SUPPORTED
    mixed = np.tile([0, 1], 20)
    assert parted_clouds(mixed, mixed).value == 0
    assert parted_clouds(mixed, mixed).verdict == NOT_SUPPORTED
    assert parted_clouds(good[:4], bad).verdict == INCONCLUSIVE


def _two_units(sign: float) -> np.ndarray:
    responses = noise(words=400)
    responses[:, 7] = sign * responses[:, 3]
    return responses


def test_paired_units_are_found_whatever_their_sign():
    untrained = noise(5, words=400)
    found = [paired_units(_two_units(sign), untrained) for sign in (1, -1)]
    for held, sign in zip(found, "+-", strict=True):
        assert held.verdict == SUPPORTED
        assert held.value + held.reference == pytest.approx(1)
        assert f"Units 3 and 7, cosine {sign}1.000" in held.explanation
    assert found[0].value == found[1].value


def test_an_untrained_network_with_such_units_is_no_less_alike():
    assert paired_units(noise(words=400), _two_units(1)).verdict == NOT_SUPPORTED
    chance = paired_units(noise(words=400), noise(5, words=400))
    assert chance.verdict == INCONCLUSIVE


def test_what_cannot_be_compared_says_why():
    assert paired_units(noise(words=400), "No network.").explanation == "No network."
    assert paired_units(noise(words=10), noise(words=10)).verdict == INCONCLUSIVE


def test_the_lexicon_is_longer_than_the_lists_and_has_no_word_twice():
    good, bad = good_and_bad()
    assert len(good) > 300
    assert len(bad) > 150
    assert not set(good) & set(bad)
    assert {"superb", "friendly"} <= set(good)
    assert {"dreadful", "rude"} <= set(bad)
