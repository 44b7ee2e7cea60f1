"""What a co-clustering is worth: its normalized cut, stability and sign coherence."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from rnnvis_assets.co_clusters.k_means import Labels
from rnnvis_assets.co_clusters.spectral_embedding import Floats


def normalized_cut(affinity_sums: Floats) -> float:
    """Normalized cut of k co-clusters in the bipartite graph (Dhillon 2001), from 0 to k.

    ``affinity_sums`` [k, k] holds the affinity between clusters of words (rows) and of units. A
    co-cluster's part is 1 - within / volume, and 1 where it has no volume.
    """
    within = 2 * affinity_sums.diagonal()
    volumes = affinity_sums.sum(axis=0) + affinity_sums.sum(axis=1)
    shares = np.divide(within, volumes, out=np.zeros_like(within), where=volumes > 0)
    return float(np.clip(1 - shares, 0, 1).sum())


def _pairs(counts: np.ndarray) -> float:
    return float((counts * (counts - 1)).sum() / 2)


def adjusted_rand_index(first: Labels, second: Labels, num_clusters: int) -> float:
    """Agreement of two clusterings of the same members (Hubert and Arabie 1985): 1 if the same.

    scikit-learn has this too, at ten times the cost for a thousand members.
    """
    size = num_clusters * num_clusters
    table = np.bincount(first * num_clusters + second, minlength=size).reshape(num_clusters, -1)
    rows, columns = _pairs(table.sum(axis=1)), _pairs(table.sum(axis=0))
    expected = rows * columns / _pairs(np.array([len(first)]))
    largest = (rows + columns) / 2
    return 1.0 if largest == expected else (_pairs(table) - expected) / (largest - expected)


def stability(labelings: Sequence[Labels], num_clusters: int) -> float:
    """Mean adjusted Rand index over all pairs of labelings, words and units together."""
    pairs = combinations(labelings, 2)
    return float(np.mean([adjusted_rand_index(*pair, num_clusters) for pair in pairs]))


def sign_coherence(positive_sums: Floats, negative_sums: Floats) -> float:
    """Absolute sum over sum of absolute responses, within the blocks paired by label.

    Both [k, k]: sums of the positive and of the negative parts. 1 where no signs cancel, and where
    the pairs hold no response at all.
    """
    positive, negative = positive_sums.diagonal(), negative_sums.diagonal()
    absolute = float((positive - negative).sum())
    return float(np.abs(positive + negative).sum()) / absolute if absolute else 1.0
