"""Finding 11: what the last layer does unlike the first (paper, Fig. 14)."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import entropy

from rnnvis_assets.findings.interval_estimates import (
    bootstrap_interval,
    claim_above,
    inconclusive,
    paired_difference,
)
from rnnvis_assets.findings.sparsity import hoyer_sparsity
from warehouse.arrays import FloatArray, IntArray
from warehouse.findings_table import Measurement

EVEN = "evenness of unit clusters' sizes, first layer less last"
PURE = "purity of word clusters in part of speech, last layer less first"
SPARSE = "sparsity of responses, last layer less first"
FEWEST_WORDS = 20


@dataclass(frozen=True)
class LayerView:
    """One layer: ``unit_clusters`` int[units], ``word_clusters`` int[tagged words] and
    ``responses`` [words, units] of the same words in both layers."""

    unit_clusters: IntArray
    word_clusters: IntArray
    responses: FloatArray


def evenness(labels: IntArray, num_clusters: int) -> float:
    """Entropy of the clusters' sizes over that of equal ones: 1 where all are of one size."""
    sizes = np.bincount(labels, minlength=num_clusters)
    return float(entropy(sizes) / np.log(num_clusters))


def purity(labels: IntArray, tags: IntArray) -> float:
    """The share of words that carry the most frequent tag of their cluster."""
    table = np.zeros((labels.max() + 1, tags.max() + 1), np.int64)
    np.add.at(table, (labels, tags), 1)
    return float(table.max(axis=1).sum() / len(labels))


def layer_contrast(
    first: LayerView, last: LayerView, tags: IntArray, num_clusters: int
) -> tuple[Measurement, ...]:
    """Evenness (bootstrap over units), purity (over words, tags int[tagged words]) and Hoyer's
    sparsity (over words) of the first and the last layer."""
    return (
        _evener(first.unit_clusters, last.unit_clusters, num_clusters),
        _purer(first.word_clusters, last.word_clusters, tags),
        paired_difference(
            SPARSE, hoyer_sparsity(last.responses), hoyer_sparsity(first.responses), items="words",
            explanation="0 is a response of all units alike, 1 of a single one.",
        ),
    )  # fmt: skip


def _evener(first: IntArray, last: IntArray, num_clusters: int) -> Measurement:
    def difference(one: IntArray, other: IntArray) -> float:
        return evenness(one, num_clusters) - evenness(other, num_clusters)

    return claim_above(
        EVEN,
        difference(first, last),
        bootstrap_interval((first, last), difference),
        threshold=0.0,
        reference=evenness(last, num_clusters),
        explanation=f"{evenness(first, num_clusters):.3f} in the first layer, "
        f"{evenness(last, num_clusters):.3f} in the last; 1 is {num_clusters} equal clusters.",
    )


def _purer(first: IntArray, last: IntArray, tags: IntArray) -> Measurement:
    if len(tags) < FEWEST_WORDS:
        return inconclusive(PURE, f"Found {len(tags)} clustered words with a part-of-speech tag.")

    def difference(rows: IntArray) -> float:
        return purity(last[rows], tags[rows]) - purity(first[rows], tags[rows])

    everything = np.arange(len(tags))
    return claim_above(
        PURE,
        difference(everything),
        bootstrap_interval((everything,), difference, method="basic"),
        threshold=0.0,
        reference=purity(first, tags),
        explanation=f"{purity(last, tags):.1%} of {len(tags)} words carry the main tag of their "
        f"cluster in the last layer, {purity(first, tags):.1%} in the first.",
    )
