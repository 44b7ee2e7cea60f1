"""Word families, alike and opposed words, opposite units: planted where the answer is known."""

import numpy as np
import pytest

from rnnvis_assets.findings.response_similarity import (
    WordGroups,
    alike_pairs,
    correlations,
    exception,
    less_alike,
    opposite_signs,
    random_pairs,
)
from rnnvis_assets.findings.sentiment import opposite_words, parted_clouds
from rnnvis_assets.findings.word_families import word_families
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
    chance, beyond = word_families(tags, np.tile(np.arange(4), 30), tags)
    assert chance.value == pytest.approx(1)
    assert chance.verdict == beyond.verdict == SUPPORTED
    assert chance.reference < chance.threshold < 0.1
    assert beyond.value == pytest.approx(1, abs=0.01)
    assert beyond.reference == pytest.approx(0, abs=0.01)


def test_families_without_relation_do_not_hold():
    tags = np.repeat(np.arange(4), 30)
    unrelated = np.tile(np.arange(4), 30)
    chance, beyond = word_families(unrelated, tags, tags)
    assert chance.value == pytest.approx(0, abs=0.01)
    assert chance.verdict != SUPPORTED
    assert beyond.verdict == NOT_SUPPORTED


def test_families_by_hand():
    """Half of two equal classes mixed up: H = ln 2, mutual information ln 2 - H(1/4)."""
    tags = np.repeat([0, 1], 40)
    clusters = np.repeat([0, 1, 0, 1], [30, 10, 10, 30])
    chance, _ = word_families(clusters, tags, tags)
    left = -(0.25 * np.log(0.25) + 0.75 * np.log(0.75))
    assert chance.value == pytest.approx(1 - left / np.log(2))


def test_families_without_tags_cannot_be_told():
    none = np.empty(0, int)
    found = word_families(none, none, none)
    assert [part.verdict for part in found] == [INCONCLUSIVE, INCONCLUSIVE]
    assert "doctor" in found[0].explanation


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
    held = alike_pairs("s", paired_responses(1), COUNTS, LISTED)
    assert held.verdict == SUPPORTED
    assert held.value == pytest.approx(0.98 - held.reference, abs=0.01)
    assert abs(held.reference) < 0.15
    assert alike_pairs("s", paired_responses(-1), COUNTS, LISTED).verdict == NOT_SUPPORTED
    assert alike_pairs("s", noise(9), COUNTS, groups(ROWS[:4])).verdict == INCONCLUSIVE


def test_what_all_words_share_is_no_likeness_of_pairs():
    """A part common to all words lifts listed and random pairs alike."""
    common = 5 * np.random.default_rng(4).normal(size=UNITS)
    found = alike_pairs("s", noise() + common, COUNTS, LISTED)
    assert found.reference > 0.9
    assert abs(found.value) < 0.05


def test_less_alike_both_ways():
    third = np.full((PAIRS, 1), 70)
    triples = groups(np.hstack((ROWS, third)))
    held = less_alike("s", paired_responses(1), triples)
    assert held.verdict == SUPPORTED
    assert held.value == pytest.approx(1, abs=0.15)
    turned = groups(np.stack((ROWS[:, 0], third[:, 0], ROWS[:, 1]), axis=1))
    assert less_alike("s", paired_responses(1), turned).verdict == NOT_SUPPORTED


def test_an_exception_both_ways():
    responses = paired_responses(1)
    responses[71] = -responses[70]
    assert exception("s", responses, LISTED, SINGLE).value > 1.8
    assert exception("s", responses, LISTED, SINGLE).verdict == SUPPORTED
    responses[71] = responses[70]
    found = exception("s", responses, LISTED, SINGLE)
    assert found.reference == pytest.approx(1)
    assert found.verdict == NOT_SUPPORTED
    assert exception("s", responses, LISTED, NONE).verdict == INCONCLUSIVE


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
        assert found.verdict == SUPPORTED
    mixed = np.tile([0, 1], 20)
    assert parted_clouds(mixed, mixed).value == 0
    assert parted_clouds(mixed, mixed).verdict == NOT_SUPPORTED
    assert parted_clouds(good[:4], bad).verdict == INCONCLUSIVE


def test_opposite_units_both_ways():
    responses = noise(words=400)
    responses[:, 7] = -responses[:, 3]
    held = opposite_signs(responses)
    assert (held.value, held.verdict) == (pytest.approx(1), SUPPORTED)
    assert "Units 3 and 7" in held.explanation or "Units 7 and 3" in held.explanation
    chance = opposite_signs(noise(words=400))
    assert abs(chance.value) < 0.25
    assert chance.verdict == NOT_SUPPORTED


def test_units_of_one_sign_are_not_opposed():
    assert opposite_signs(np.abs(noise(words=200))).verdict == NOT_SUPPORTED
    assert opposite_signs(noise(words=10)).verdict == INCONCLUSIVE
