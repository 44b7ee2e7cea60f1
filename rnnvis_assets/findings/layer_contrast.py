"""Finding 11: how the last layer differs from the first (paper, Fig. 14)."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import entr

from rnnvis_assets.findings.interval_estimates import (
    claim_above,
    estimate,
    estimate_of_rows,
    inconclusive,
    paired_difference,
)
from warehouse.arrays import FloatArray, IntArray
from warehouse.findings_table import Measurement

EVEN = "evenness of chips' sizes, first layer less last, on average of all numbers of chips"
PURE = "purity of clouds in part of speech, last layer less first, on average of all numbers"
WEAKER = "mean |response| of a unit, first layer less last"
FEWEST_WORDS = 20


@dataclass(frozen=True)
class LayerLabels:
    """One layer's co-clusters, a row a number of clusters, which ``numbers`` int[numbers] gives:
    ``cells`` int[numbers, cells] and ``words`` int[numbers, tagged words]."""

    numbers: IntArray
    cells: IntArray
    words: IntArray


def entropy_of_sizes(sizes: IntArray) -> float:
    """In nats, of groups of these sizes int[groups]."""
    return float(entr(sizes / sizes.sum()).sum())


def evenness(labels: IntArray, num_clusters: int) -> float:
    """Entropy of the clusters' sizes over that of equal ones: 1 where all are of one size."""
    sizes = np.bincount(labels, minlength=num_clusters)
    return entropy_of_sizes(sizes) / float(np.log(num_clusters))


def purity(labels: IntArray, tags: IntArray) -> float:
    """The fraction of words with the most frequent tag of their cluster."""
    columns = int(tags.max()) + 1
    joint = np.bincount(labels * columns + tags, minlength=(int(labels.max()) + 1) * columns)
    return float(joint.reshape(-1, columns).max(axis=1).sum() / len(labels))


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


def weaker_responses(first: FloatArray, last: FloatArray) -> Measurement:
    """Mean |s| over units of the responses [words, units] of two layers to the same words."""
    one, other = (np.abs(part).mean(axis=1, dtype=np.float64) for part in (first, last))
    return paired_difference(
        WEAKER, one, other, items="words",
        explanation=f"{one.mean():.3f} in the first layer, {other.mean():.3f} in the last (the "
        "reference).",
    )  # fmt: skip


def evener_chips(first: LayerLabels, last: LayerLabels, *, paper: float) -> Measurement:
    """The bootstrap is over cells (directions, or units); ``paper`` is the value by the paper's
    affinity."""
    by_number = _evenness(first.cells, first.numbers) - _evenness(last.cells, last.numbers)

    def difference(one: IntArray, other: IntArray) -> float:
        of_first, of_last = first.cells[:, one], last.cells[:, other]
        return _mean_evenness(of_first, first.numbers) - _mean_evenness(of_last, last.numbers)

    samples = [np.arange(labels.cells.shape[1]) for labels in (first, last)]
    found = claim_above(
        EVEN,
        estimate(samples, difference, over="directions"),
        reference=_mean_evenness(last.cells, last.numbers),
        explanation="1 is chips of one size; the last layer's are the reference. "
        f"{_by_number(first.numbers, by_number)}",
    )
    return replace(found, paper_value=paper)


def evenness_gain(first: LayerLabels, last: LayerLabels) -> float:
    """The statistic of ``evener_chips``."""
    one, other = (_mean_evenness(labels.cells, labels.numbers) for labels in (first, last))
    return one - other


def purer_clouds(
    first: LayerLabels, last: LayerLabels, tags: IntArray, *, paper: float
) -> Measurement:
    """The bootstrap is over words, with ``tags`` int[tagged words]; ``paper`` as above."""
    if len(tags) < FEWEST_WORDS:
        return inconclusive(PURE, f"Found {len(tags)} clustered words with a part-of-speech tag.")
    by_number = _purity(last.words, tags) - _purity(first.words, tags)

    def difference(rows: IntArray) -> float:
        one, other = (_purity(labels.words[:, rows], tags[rows]) for labels in (last, first))
        return float(np.mean(one - other))

    found = claim_above(
        PURE,
        estimate_of_rows(len(tags), difference, over="words", method="basic"),
        reference=float(_purity(first.words, tags).mean()),
        explanation=f"The share of {len(tags)} words with the main tag of their cloud; the first "
        f"layer's is the reference. {_by_number(first.numbers, by_number)}",
    )
    return replace(found, paper_value=paper)


def purity_gain(first: LayerLabels, last: LayerLabels, tags: IntArray) -> float:
    """The statistic of ``purer_clouds``; 0 without tagged words."""
    if not len(tags):
        return 0.0
    return float(np.mean(_purity(last.words, tags) - _purity(first.words, tags)))


def _evenness(cells: IntArray, numbers: IntArray) -> FloatArray:
    pairs = zip(cells, numbers, strict=True)
    return np.array([evenness(labels, int(number)) for labels, number in pairs])


def _mean_evenness(cells: IntArray, numbers: IntArray) -> float:
    return float(_evenness(cells, numbers).mean())


def _purity(words: IntArray, tags: IntArray) -> FloatArray:
    return np.array([purity(labels, tags) for labels in words])


def _by_number(numbers: IntArray, values: FloatArray) -> str:
    pairs = zip(numbers, values, strict=True)
    return f"By number: {', '.join(f'{number}: {value:+.3f}' for number, value in pairs)}."
