"""What predictions lose under clamps: costs, their intervals, and ranks among random sets."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import logsumexp
from scipy.stats import rankdata

from rnnvis_assets.co_clusters.cluster_blocks import sum_by_cluster
from warehouse.arrays import BoolArray, Float64Array, FloatArray, Int64Array, IntArray

Measured = Literal["loss", "recall", "log_odds", "auc"]

CONFIDENCE = 0.95
RESAMPLES = 999


@dataclass(frozen=True)
class Costs:
    """What every set costs, prediction by prediction: ``costs`` float64[sets, predictions], above 0
    where the network does worse, with the weight float64[predictions] that each has in the mean and
    the ``sentences`` int64[predictions] that are resampled."""

    scope: str
    measure: Measured
    costs: Float64Array
    weights: Float64Array
    sentences: IntArray

    @property
    def mean(self) -> Float64Array:
        """float64[sets]."""
        mean: Float64Array = self.costs @ self.weights / self.weights.sum()
        return mean

    def intervals(self, sets: slice, seed: int) -> Float64Array:
        """95 % bootstrap intervals of the means of some sets over sentences: float64[2, sets]."""
        _, sentence = np.unique(self.sentences, return_inverse=True)
        number = int(sentence.max()) + 1
        labels = sentence.astype(np.int32)
        sums = sum_by_cluster(self.costs[sets].T * self.weights[:, None], labels, number)
        weights = sum_by_cluster(self.weights[:, None], labels, number)
        drawn = np.random.default_rng(seed).multinomial(number, [1 / number] * number, RESAMPLES)
        totals = drawn @ weights
        # A scope in few sentences may be missing from a resample.
        means = (drawn @ sums)[totals[:, 0] > 0] / totals[totals[:, 0] > 0]
        tail = (1 - CONFIDENCE) / 2
        return np.quantile(means, (tail, 1 - tail), axis=0)


def compare(cost: float, random: FloatArray) -> dict[str, float]:
    """The costs of random sets [sets]: their ``mean``, the smallest (``lower``) and the largest
    (``upper``), and the ``rank`` of a chip's ``cost`` among them, 1 where it is more than all."""
    return {
        "mean": float(random.mean()),
        "lower": float(random.min()),
        "upper": float(random.max()),
        "rank": 1 + int(np.count_nonzero(random >= cost)),
    }


def word_costs(
    free: FloatArray, clamped: FloatArray, own: Int64Array, others: int, sentences: IntArray
) -> Iterator[Costs]:
    """The costs of a language model in nats a token, from losses [predictions] and [sets,
    predictions].

    ``own`` are the places of those after the cluster's own words; the rest stands for ``others``
    predictions, and in the mean over all of them counts as so many.
    """
    costs = clamped.astype(np.float64) - free
    is_own = np.zeros(len(free), bool)
    is_own[own] = True
    parts = {"own_words": is_own, "other_words": ~is_own}
    weights = np.where(is_own, 1.0, others / max(1, len(free) - len(own)))
    yield Costs("all", "loss", costs, weights, sentences)
    for scope, part in parts.items():
        if part.any():
            yield Costs(scope, "loss", costs[:, part], np.ones(part.sum()), sentences[part])


def class_costs(
    free: FloatArray,
    clamped: FloatArray,
    labels: Int64Array,
    classes: tuple[str, ...],
    sentences: IntArray,
) -> Iterator[Costs]:
    """The costs of a classifier, from log probabilities [documents, classes] and [sets, documents,
    classes]: the loss in nats a document, and for the documents of every class their recall, the
    log odds of the class, and their places in the area under its curve."""
    both = np.concatenate([free[None], clamped]).astype(np.float64)
    losses = -np.take_along_axis(both, labels[None, :, None], axis=2)[..., 0]
    everywhere = np.ones(len(labels))
    yield Costs("all", "loss", losses[1:] - losses[0], everywhere, sentences)
    for number, name in enumerate(classes):
        members = labels == number
        if not members.any() or members.all():
            continue
        odds = both[..., number] - logsumexp(np.delete(both, number, axis=2), axis=2)
        found: dict[Measured, Float64Array] = {
            "recall": (both[:, members].argmax(axis=2) == number).astype(np.float64),
            "log_odds": odds[:, members],
            "auc": _placements(odds, members),
        }
        for measure, values in found.items():
            costs, weights = values[0] - values[1:], everywhere[members]
            yield Costs(f"class:{name}", measure, costs, weights, sentences[members])


def _placements(odds: Float64Array, members: BoolArray) -> Float64Array:
    """The share of other documents with lower odds, for every member: their mean is the area under
    the curve. float64[sets, members]."""
    above_all = rankdata(odds, axis=1)[:, members]
    above_own = rankdata(odds[:, members], axis=1)
    placements: Float64Array = (above_all - above_own) / np.count_nonzero(~members)
    return placements
