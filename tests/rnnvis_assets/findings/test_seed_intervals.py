"""What holds over seeds: planted where the answer is known."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from scipy.stats import t as students_t
from sklearn.metrics import adjusted_rand_score

from rnnvis_assets.findings.interval_estimates import inconclusive
from rnnvis_assets.findings.seed_intervals import (
    agreement_between_seeds,
    claims_over_seeds,
    over_seeds,
)
from warehouse.findings_table import (
    INCONCLUSIVE,
    NOT_SUPPORTED,
    SUPPORTED,
    Claim,
    JudgedClaim,
    Measurement,
)

PART = Measurement("s", 0.0, -1.0, 1.0, "words", 0.5, 0.5, 0.2, 0.0, INCONCLUSIVE, "Why.")


def parts(values, threshold: float = 0.0) -> list[Measurement]:
    return [replace(PART, value=value, threshold=threshold) for value in values]


def test_the_interval_is_over_the_networks():
    """No network by itself decides; five that agree do."""
    values = np.array([0.3, 0.4, 0.5, 0.4, 0.4])
    found = over_seeds(parts(values), 5)
    reach = students_t.ppf(0.975, 4) * values.std(ddof=1) / np.sqrt(5)
    assert (found.value, found.interval_over) == (pytest.approx(0.4), "seeds")
    assert (found.low, found.high) == pytest.approx((0.4 - reach, 0.4 + reach))
    assert (found.verdict, found.reference) == (SUPPORTED, pytest.approx(0.2))
    assert "5 of 5 seeds, from 0.3 to 0.5" in found.explanation
    assert "inconclusive in 5" in found.explanation
    assert over_seeds(parts(-values), 5).verdict == NOT_SUPPORTED


def test_thresholds_of_each_network_count():
    """Every value lies 0.1 beyond a threshold of its own, whatever their spread."""
    values = [0.2, 0.9, 0.4, 0.7, 0.5]
    found = over_seeds([replace(PART, value=v, threshold=v - 0.1) for v in values], 5)
    assert found.verdict == SUPPORTED
    assert (found.value, found.threshold) == (pytest.approx(0.54), pytest.approx(0.44))


def test_few_seeds_have_no_interval():
    assert over_seeds(parts([1.0, 1, 1, 1]), 4).verdict == INCONCLUSIVE
    without = [*parts([1.0, 1, 1, 1]), inconclusive("s", "No words.")]
    assert "Found 4 of 5 seeds" in over_seeds(without, 5).explanation
    assert over_seeds(without[4:], 1).explanation == "No words."


def test_claims_are_put_together_by_statistic():
    about, other = Claim(1, "c", "Fig. 1"), Claim(2, "d", "Fig. 2")
    second = [replace(part, statistic="t") for part in parts([5.0] * 5)]
    by_seed = [
        [JudgedClaim(about, (one, two)), JudgedClaim(other, (one,))]
        for one, two in zip(parts([1.0, 2, 3, 4, 5]), second, strict=True)
    ]
    found = claims_over_seeds(by_seed)
    assert [claim.about for claim in found] == [about, other]
    assert [(p.statistic, p.value) for p in found[0].parts] == [("s", 3), ("t", 5)]


def _labels(seed: int, noise: int) -> tuple[np.ndarray, np.ndarray]:
    """Ids and clusters of 50 of 60 words: three clusters, ``noise`` words dealt at random."""
    chance = np.random.default_rng(seed)
    clusters = np.repeat(np.arange(3), 20)
    moved = chance.choice(60, noise, replace=False)
    clusters[moved] = chance.integers(0, 3, noise)
    kept = np.sort(chance.choice(60, 50, replace=False))
    return kept, clusters[kept]


def test_agreement_is_over_all_pairs_and_common_words():
    labels = [_labels(seed, 15) for seed in range(5)]
    found = agreement_between_seeds(labels, 0.9)
    full = [dict(zip(*each, strict=True)) for each in labels]
    expected = []
    for one, other in combinations(full, 2):
        words = sorted(one.keys() & other.keys())
        expected.append(adjusted_rand_score([one[w] for w in words], [other[w] for w in words]))
    assert found.value == pytest.approx(np.mean(expected))
    assert (found.verdict, found.reference) == (SUPPORTED, 0.9)


def test_agreement_by_chance_is_none():
    found = agreement_between_seeds([_labels(seed, 60) for seed in range(6)], 0.9)
    assert found.verdict != SUPPORTED
    assert abs(found.value) < 0.1
    assert agreement_between_seeds([_labels(0, 0)] * 4, 0.9).verdict == INCONCLUSIVE
