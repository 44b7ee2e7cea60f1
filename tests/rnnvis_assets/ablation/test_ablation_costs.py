"""Costs by hand, and by slower and simpler ways."""

import numpy as np
import pytest
from scipy.stats import bootstrap

from rnnvis_assets.ablation.ablation_costs import Costs, class_costs, compare, word_costs

CLASSES = ("bad", "good", "so_so")


def test_a_mean_over_all_words_counts_what_was_left_out() -> None:
    free = np.array([1.0, 2.0, 3.0, 4.0], np.float32)
    clamped = np.array([[2.0, 2.0, 3.5, 4.0], [1.0, 2.0, 3.0, 5.0]], np.float32)
    sentences = np.array([0, 0, 1, 1])
    found = {c.scope: c for c in word_costs(free, clamped, np.array([0, 1]), 6, sentences)}
    np.testing.assert_allclose(found["own_words"].mean, [0.5, 0])
    np.testing.assert_allclose(found["other_words"].mean, [0.25, 0.5])
    # Two own words and six others, which two stand for.
    np.testing.assert_allclose(found["all"].mean, [(1 + 0.5 * 3) / 8, 3 / 8])
    assert {costs.measure for costs in found.values()} == {"loss"}


def test_a_cloud_without_words_has_no_cost_of_its_own() -> None:
    losses = np.ones(3, np.float32)
    found = word_costs(losses, losses[None], np.array([], int), 3, np.arange(3))
    assert [costs.scope for costs in found] == ["all", "other_words"]


def made_up_classifier() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    generator = np.random.default_rng(0)
    logits = generator.normal(size=(4, 30, 3))
    logits[1:, ::3] = np.round(logits[1:, ::3])  # ties
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=2, keepdims=True)
    return np.log(probabilities[0]), np.log(probabilities[1:]), generator.integers(0, 3, 30)


def area_by_pairs(scores: np.ndarray, members: np.ndarray) -> float:
    wins = [float(a > b) + 0.5 * float(a == b) for a in scores[members] for b in scores[~members]]
    return float(np.mean(wins))


def measures_by_hand(log_p: np.ndarray, members: np.ndarray, number: int) -> dict[str, float]:
    p = np.exp(log_p[:, number])
    odds = np.log(p / (1 - p))
    return {
        "recall": float((log_p.argmax(1) == number)[members].mean()),
        "log_odds": float(odds[members].mean()),
        "auc": area_by_pairs(odds.round(9), members),
    }


def test_what_a_classifier_loses_by_class() -> None:
    free, clamped, labels = made_up_classifier()
    found = {
        (c.scope, c.measure): c for c in class_costs(free, clamped, labels, CLASSES, np.arange(30))
    }
    assert len(found) == 1 + 3 * 3
    picked = np.arange(30), labels
    expected = [free[picked].mean() - each[picked].mean() for each in clamped]
    np.testing.assert_allclose(found["all", "loss"].mean, expected)
    for number, name in enumerate(CLASSES):
        before, *after = (
            measures_by_hand(each, labels == number, number) for each in (free, *clamped)
        )
        for measure, value in before.items():
            expected = [value - each[measure] for each in after]
            np.testing.assert_allclose(
                found[f"class:{name}", measure].mean, expected, atol=1e-6, err_msg=measure
            )


def test_a_class_that_is_all_or_nothing_is_left_out() -> None:
    free = np.log(np.full((4, 2), 0.5))
    found = class_costs(free, free[None], np.zeros(4, int), ("bad", "good"), np.arange(4))
    assert [costs.scope for costs in found] == ["all"]


def test_intervals_are_those_of_resampled_sentences() -> None:
    generator = np.random.default_rng(1)
    sentences = np.sort(generator.integers(0, 80, 600)) + 7
    values = generator.normal(1, 1, (2, 600)) + 0.5 * (sentences % 3)
    costs = Costs("all", "loss", values, np.ones(600), sentences)
    low, high = costs.intervals(slice(0, 1), seed=0)[:, 0]
    numbers = np.unique(sentences)
    sums = np.array([values[0][sentences == number].sum() for number in numbers])
    counts = np.array([(sentences == number).sum() for number in numbers])
    expected = bootstrap(
        (sums, counts), lambda s, n: s.sum() / n.sum(), paired=True, vectorized=False,
        n_resamples=999, method="percentile", rng=np.random.default_rng(5),
    ).confidence_interval  # fmt: skip
    assert low < costs.mean[0] < high
    np.testing.assert_allclose([low, high], expected, atol=0.02)


@pytest.mark.parametrize(("cost", "rank"), [(5.0, 1), (3.0, 2), (2.5, 2), (0.0, 4)])
def test_rank_one_costs_more_than_every_random_set(cost: float, rank: int) -> None:
    found = compare(cost, np.array([1.0, 3.0, 2.0]))
    assert found == {"rank": rank, "mean": 2.0, "lower": 1.0, "upper": 3.0}
