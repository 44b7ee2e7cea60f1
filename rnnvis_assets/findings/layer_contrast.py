"""Finding 11: how the last layer differs from the first (paper, Fig. 14)."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import entropy

from rnnvis_assets.findings.interval_estimates import (
    claim_above,
    estimate,
    estimate_of_rows,
    inconclusive,
    paired_difference,
)
from warehouse.arrays import FloatArray, IntArray
from warehouse.findings_table import Measurement

EVEN = "evenness of unit clusters' sizes, first layer less last"
PURE = "purity of word clusters in part of speech, last layer less first"
SPARSE = "sparsity of responses, last layer less first"
FEWEST_WORDS = 20


@dataclass(frozen=True)
class LayerView:
    """One layer: ``unit_clusters`` int[cells], ``word_clusters`` int[tagged words] and
    ``responses`` [words, units] of the same words in both layers."""

    unit_clusters: IntArray
    word_clusters: IntArray
    responses: FloatArray


def evenness(labels: IntArray, num_clusters: int) -> float:
    """Entropy of the clusters' sizes over that of equal ones: 1 where all are of one size."""
    sizes = np.bincount(labels, minlength=num_clusters)
    return float(entropy(sizes) / np.log(num_clusters))


def purity(labels: IntArray, tags: IntArray) -> float:
    """The fraction of words with the most frequent tag of their cluster."""
    table = np.zeros((labels.max() + 1, tags.max() + 1), np.int64)
    np.add.at(table, (labels, tags), 1)
    return float(table.max(axis=1).sum() / len(labels))


def hoyer_sparsity(vectors: FloatArray) -> FloatArray:
    """(√n − ‖x‖₁/‖x‖₂) / (√n − 1) of every row of [rows, n]: 0 where all n are equal in size, 1
    where a single one is not 0 (Hoyer 2004, eq. 4). An empty row, all 0, has sparsity 0."""
    root = np.sqrt(vectors.shape[1])
    sizes = np.linalg.norm(vectors, axis=1)
    spread = np.divide(
        np.abs(vectors).sum(axis=1), sizes, out=np.full(len(vectors), root), where=sizes > 0
    )
    sparsity: FloatArray = (root - spread) / (root - 1)
    return sparsity


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
        estimate((first, last), difference, over="directions"),
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

    return claim_above(
        PURE,
        estimate_of_rows(len(tags), difference, over="words", method="basic"),
        threshold=0.0,
        reference=purity(first, tags),
        explanation=f"{purity(last, tags):.1%} of {len(tags)} words have the main tag of their "
        f"cluster in the last layer, {purity(first, tags):.1%} in the first.",
    )
