"""Sums over the blocks that clusters of words and of units cut out of a matrix."""

import numpy as np
from scipy.sparse import csc_array

from rnnvis_assets.co_clusters.k_means import Labels
from rnnvis_assets.co_clusters.spectral_embedding import Floats


def sum_by_cluster(rows: Floats, labels: Labels, num_clusters: int) -> Floats:
    """Sums of float64[members, …] over the members of each cluster: float64[k, …]."""
    size = len(labels)
    membership = csc_array((np.ones(size), labels, np.arange(size + 1)), (num_clusters, size))
    sums: Floats = membership @ rows
    return sums


def block_sums(matrix: Floats, words: Labels, units: Labels, num_clusters: int) -> Floats:
    """Sums of float64[words, units] by cluster of the word and of the unit: float64[k, k]."""
    by_word = sum_by_cluster(matrix, words, num_clusters)
    return sum_by_cluster(by_word.T, units, num_clusters).T
