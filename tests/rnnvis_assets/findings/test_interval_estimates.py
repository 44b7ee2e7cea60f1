"""How a claim is judged, and how its interval is found."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnvis_assets.findings.interval_estimates import (
    Estimate,
    claim_above,
    claim_below,
    estimate,
    estimate_mean,
    paired_difference,
)
from warehouse.findings_table import (
    INCONCLUSIVE,
    NOT_SUPPORTED,
    SUPPORTED,
    Claim,
    JudgedClaim,
    Measurement,
)


@pytest.mark.parametrize(
    ("low", "high", "above", "below"),
    [
        (1, 2, SUPPORTED, NOT_SUPPORTED),
        (-2, -1, NOT_SUPPORTED, SUPPORTED),
        (-1, 1, INCONCLUSIVE, INCONCLUSIVE),
        # An interval that ends on the threshold does not lie beyond it.
        (-1, 0, NOT_SUPPORTED, INCONCLUSIVE),
        (0, 1, INCONCLUSIVE, NOT_SUPPORTED),
    ],
)
def test_the_whole_interval_must_lie_beyond_the_threshold(low, high, above, below):
    found = Estimate(0.5, low, high)
    judgement = {"threshold": 0.0, "explanation": "Why."}
    assert claim_above("s", found, **judgement).verdict == above
    assert claim_below("s", found, **judgement).verdict == below


def test_an_interval_that_reaches_over_the_threshold_says_so():
    found = claim_above("s", Estimate(0.5, -1, 1), threshold=0.0, explanation="Why.")
    assert found.explanation.startswith("Why.")
    assert "includes the threshold" in found.explanation


def test_a_constant_has_an_interval_without_width():
    assert estimate_mean(np.full(9, 0.25)) == Estimate(0.25, 0.25, 0.25)


def test_the_interval_of_a_mean_is_that_of_the_normal_law():
    values = np.random.default_rng(3).normal(2.0, 1.0, 400)
    found = estimate_mean(values)
    reach = 1.96 * values.std() / 20
    assert found.low == pytest.approx(values.mean() - reach, abs=0.01)
    assert found.high == pytest.approx(values.mean() + reach, abs=0.01)


def test_the_same_input_gives_the_same_interval():
    values = np.arange(12.0)
    assert estimate_mean(values) == estimate_mean(values.copy())


def test_the_basic_interval_is_the_mirrored_percentile_interval():
    values = np.random.default_rng(1).exponential(size=30)
    assert estimate((values,), np.mean).value == values.mean()
    percentile = estimate((values,), np.mean)
    basic = estimate((values,), np.mean, method="basic")
    assert basic.low == pytest.approx(2 * values.mean() - percentile.high)
    assert basic.high == pytest.approx(2 * values.mean() - percentile.low)


def judged(verdicts) -> str:
    parts = (Measurement("s", 1.0, 1.0, 1.0, None, 0.0, verdict, "") for verdict in verdicts)
    return JudgedClaim(Claim(1, "Claim.", "Fig. 1"), tuple(parts)).verdict


VERDICTS = st.lists(st.sampled_from([SUPPORTED, NOT_SUPPORTED, INCONCLUSIVE]), max_size=5)


@given(VERDICTS)
def test_a_claim_is_supported_only_where_all_its_parts_are(verdicts):
    whole = judged(verdicts)
    assert (whole == SUPPORTED) == (bool(verdicts) and set(verdicts) == {SUPPORTED})
    assert (whole == NOT_SUPPORTED) == (NOT_SUPPORTED in verdicts)


def test_a_paired_difference_by_hand():
    found = paired_difference(
        "s", np.array([3.0, 4, 5, 6, 7]), np.arange(5.0), items="things", explanation="Why."
    )
    assert (found.value, found.low, found.high, found.reference) == (3, 3, 3, 2)
    assert found.verdict == SUPPORTED
    assert found.explanation == "Why. Over 5 things."


def test_four_items_are_too_few():
    found = paired_difference("s", np.ones(4), np.zeros(4), items="things", explanation="")
    assert found.verdict == INCONCLUSIVE
    assert found.value is None
    assert "4 things" in found.explanation
