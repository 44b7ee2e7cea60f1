"""How a claim is judged, and how its interval is found."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ttest_1samp

from rnnvis_assets.findings import interval_estimates
from rnnvis_assets.findings.interval_estimates import (
    Estimate,
    adjust,
    claim_above,
    estimate,
    estimate_jackknifed,
    estimate_mean,
    estimate_over_seeds,
    holm,
    inconclusive,
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


def made_up(low: float, high: float) -> Estimate:
    return Estimate(0.5, low, high, "things", lambda threshold: 0.02 + abs(threshold))


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (1, 2, SUPPORTED),
        (-2, -1, NOT_SUPPORTED),
        (-1, 1, INCONCLUSIVE),
        # An interval that ends on the threshold does not lie beyond it.
        (-1, 0, NOT_SUPPORTED),
        (0, 1, INCONCLUSIVE),
    ],
)
def test_the_whole_interval_must_lie_beyond_the_threshold(low, high, verdict):
    found = claim_above("s", made_up(low, high), threshold=0.0, explanation="Why.")
    assert found.verdict == verdict


def test_an_interval_that_reaches_over_the_threshold_says_so():
    found = claim_above("s", made_up(-1, 1), threshold=0.0, explanation="Why.")
    assert found.explanation.startswith("Why.")
    assert "includes the threshold" in found.explanation


def test_a_constant_has_an_interval_without_width():
    found = estimate_mean(np.full(9, 0.25), over="things")
    assert (found.value, found.low, found.high, found.over) == (0.25, 0.25, 0.25, "things")


def test_the_interval_of_a_mean_is_that_of_the_normal_law():
    values = np.random.default_rng(3).normal(2.0, 1.0, 400)
    found = estimate_mean(values, over="things")
    reach = 1.96 * values.std() / 20
    assert found.low == pytest.approx(values.mean() - reach, abs=0.01)
    assert found.high == pytest.approx(values.mean() + reach, abs=0.01)


def test_the_same_input_gives_the_same_interval():
    values = np.arange(12.0)
    assert estimate_mean(values, over="things") == estimate_mean(values.copy(), over="things")


@pytest.mark.slow
@pytest.mark.parametrize("drawn", [1, 100, 5_000])
def test_resamples_drawn_a_few_at_a_time_are_the_same(monkeypatch, drawn):
    values = np.random.default_rng(3).normal(size=40)
    at_once = estimate_mean(values, over="things")
    monkeypatch.setattr(interval_estimates, "RESAMPLED", drawn)
    assert estimate_mean(values, over="things") == at_once


@pytest.mark.slow
def test_resamples_of_many_words_take_a_bounded_room():
    values = np.random.default_rng(3).normal(size=20_000)
    tracemalloc.start()
    try:
        estimate_mean(values, over="words")
        assert tracemalloc.get_traced_memory()[1] < 128 * 2**20
    finally:
        tracemalloc.stop()


def test_the_basic_interval_is_the_mirrored_percentile_interval():
    values = np.random.default_rng(1).exponential(size=30)
    assert estimate((values,), np.mean, over="things").value == values.mean()
    percentile = estimate((values,), np.mean, over="things")
    basic = estimate((values,), np.mean, over="things", method="basic")
    assert basic.low == pytest.approx(2 * values.mean() - percentile.high)
    assert basic.high == pytest.approx(2 * values.mean() - percentile.low)


def judged(verdicts) -> str:
    parts = (
        Measurement("s", 1.0, 1.0, 1.0, "things", 0.01, 0.01, None, 0.0, verdict, "")
        for verdict in verdicts
    )
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
    assert (found.interval_over, found.p_value, found.p_adjusted) == ("things", 0.002, None)
    assert found.verdict == SUPPORTED
    assert found.explanation == "Why. Over 5 things."


def test_four_items_are_too_few():
    found = paired_difference("s", np.ones(4), np.zeros(4), items="things", explanation="")
    assert found.verdict == INCONCLUSIVE
    assert found.value is None
    assert "4 things" in found.explanation


def test_a_p_value_is_that_of_the_normal_law():
    values = np.random.default_rng(3).normal(0.05, 1.0, 400)
    by_student = ttest_1samp(values, 0.0).pvalue
    assert 0.01 < by_student < 0.2
    for found in (
        estimate_mean(values, over="things"),
        estimate((values,), np.mean, over="things", method="basic"),
    ):
        assert found.p_value(0.0) == pytest.approx(by_student, abs=0.03)
        assert found.p_value(5.0) == 2 / 1000
        assert found.p_value(found.value) > 0.9


def test_seeds_are_judged_by_student():
    """Five networks: a mean of 2, a standard error of sqrt(2.5 / 5), 4 degrees of freedom."""
    found = estimate_over_seeds(np.array([0.0, 1, 2, 3, 4]))
    reach = 2.7764451052 * np.sqrt(0.5)
    assert (found.value, found.over) == (2, "seeds")
    assert (found.low, found.high) == (pytest.approx(2 - reach), pytest.approx(2 + reach))
    assert found.p_value(0.0) == pytest.approx(0.0474207)
    assert found.p_value(found.low) == pytest.approx(0.05)


def test_seeds_that_all_say_the_same_have_an_interval_without_width():
    found = estimate_over_seeds(np.full(5, 0.75))
    assert (found.low, found.high) == (0.75, 0.75)
    assert (found.p_value(0.5), found.p_value(0.75)) == (0, 1)


def test_the_jackknife_of_a_mean_is_students_interval():
    values = np.array([0.5, 2, 3, 1, 7])
    found = estimate_jackknifed(5, lambda kept: float(values[kept].mean()))
    expected = estimate_over_seeds(values)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))


def test_holms_adjustment_by_hand():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.9, 0.6]) == [1, 1]
    assert holm([]) == []


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holm_rejects_step_by_step(p_values):
    """Step down through the ordered p values until one exceeds 0.05 over those that are left."""
    rejected = set()
    for step, place in enumerate(np.argsort(p_values, kind="stable")):
        if p_values[place] > 0.05 / (len(p_values) - step):
            break
        rejected.add(int(place))
    found = {place for place, p in enumerate(holm(p_values)) if p <= 0.05 * (1 + 1e-12)}
    assert found == rejected


def test_a_verdict_that_does_not_outlast_the_adjustment_is_inconclusive():
    clear, close = (
        claim_above(
            "s", Estimate(1, 0.5, 2, "things", lambda _, p=p: p), threshold=0, explanation="W."
        )
        for p in (0.002, 0.04)
    )
    none = inconclusive("s", "No words.")
    assert [part.verdict for part in adjust((close, none, clear))] == [
        SUPPORTED,
        INCONCLUSIVE,
        SUPPORTED,
    ]
    found = adjust((close, close, clear))
    assert [part.verdict for part in found] == [INCONCLUSIVE, INCONCLUSIVE, SUPPORTED]
    assert [part.p_adjusted for part in found] == pytest.approx([0.08, 0.08, 0.006])
    assert "p is 0.08" in found[0].explanation
