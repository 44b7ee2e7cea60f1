"""The blocks that clusters of words and units divide a matrix into: links, quality, centrality."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy.sparse import csc_array

from warehouse.array_pieces import pieces
from warehouse.arrays import Float64Array, FloatArray, Int32Array, Int64Array, IntArray


def sum_by_cluster(rows: Float64Array, labels: Int32Array, num_clusters: int) -> Float64Array:
    """Sums of float64[members, …] over the members of each cluster: float64[k, …]."""
    size = len(labels)
    membership = csc_array((np.ones(size), labels, np.arange(size + 1)), (num_clusters, size))
    sums: Float64Array = membership @ rows
    return sums


def block_sums(
    matrix: Float64Array, words: Int32Array, units: Int32Array, num_clusters: int
) -> Float64Array:
    """Sums of float64[words, units] by cluster of the word and of the unit: float64[k, k]."""
    by_word = sum_by_cluster(matrix, words, num_clusters)
    return sum_by_cluster(by_word.T, units, num_clusters).T


def part_sums(
    responses: FloatArray, words: Int32Array, units: Int32Array, num_clusters: int
) -> tuple[Float64Array, Float64Array]:
    """The block sums of the positive and of the negative parts of responses [words, units]."""
    positive, negative = [], []
    for each in pieces(*responses.shape[::-1]):
        values = responses[:, each].astype(np.float64)
        positive.append(sum_by_cluster(np.maximum(values, 0), words, num_clusters))
        negative.append(sum_by_cluster(np.minimum(values, 0), words, num_clusters))
    of_words = np.hstack(positive), np.hstack(negative)
    above, below = (sum_by_cluster(sums.T, units, num_clusters).T for sums in of_words)
    return above, below


@dataclass(frozen=True)
class Links:
    """Mean responses float64[k, k] of word clusters (rows) in unit clusters (columns).

    ``weight`` is the mean of s over the block (paper, Eq. 8): the sum of ``positive`` and
    ``negative``, the means of its parts above and below 0. All are 0 where a side is empty.
    """

    weight: Float64Array
    positive: Float64Array
    negative: Float64Array


def link_clusters(
    positive_sums: Float64Array, negative_sums: Float64Array, words: Int32Array, units: Int32Array
) -> Links:
    """Links from the sums of the positive and negative parts of the responses, both [k, k]."""
    num_clusters = len(positive_sums)
    members = [np.bincount(labels, minlength=num_clusters) for labels in (words, units)]
    sizes = np.maximum(np.outer(*members), 1)
    positive, negative = positive_sums / sizes, negative_sums / sizes
    return Links(positive + negative, positive, negative)


def centralities(responses: FloatArray, labels: Int32Array, num_clusters: int) -> Float64Array:
    """How near each word's responses [words, units] are to its cluster's mean: float64[words].

    1 / (1 + d / D) for the Euclidean distance d to the cluster's centroid and the mean D of these
    distances over the cluster: 1 at the centroid, 1/2 at the mean distance, whatever the scale of
    the responses. All are 1 where the words of a cluster respond alike, or there is only one.
    """
    sizes = np.maximum(np.bincount(labels, minlength=num_clusters), 1)
    words, units = responses.shape
    sums = [
        sum_by_cluster(responses[:, each].astype(np.float64), labels, num_clusters)
        for each in pieces(units, words)
    ]
    centroids = np.hstack(sums) / sizes[:, np.newaxis]
    distances = np.concatenate(
        [
            np.linalg.norm(responses[each] - centroids[labels[each]], axis=1)
            for each in pieces(words, units)
        ]
    )
    typical = (sum_by_cluster(distances, labels, num_clusters) / sizes)[labels]
    relative = np.divide(distances, typical, out=np.zeros_like(distances), where=typical > 0)
    centrality: Float64Array = 1 / (1 + relative)
    return centrality


def strengths(
    counted: Float64Array, words: Int32Array, units: Int32Array, num_clusters: int
) -> Float64Array:
    """How strongly each word drives the units of its own co-cluster: float64[words].

    The root of the sum of ``counted`` [words, units] over those units: of the squares of the
    responses that the affinity counts (for ``positive``, those above 0). 0 where a cluster of words
    has no units.
    """
    sums = sum_by_cluster(counted.T, units, num_clusters)
    strength: Float64Array = np.sqrt(sums[words, np.arange(len(words))])
    return strength


def reliabilities(counts: Int64Array) -> Float64Array:
    """What is left of the strength of words that occur n times, int64[words]: 1 - 1 / sqrt(n + 1),
    less by the standard error of a mean, in units of the spread of single responses."""
    reliability: Float64Array = 1 - 1 / np.sqrt(counts + 1)
    return reliability


def normalized_cut(affinity_sums: Float64Array) -> float:
    """Normalized cut of k co-clusters in the bipartite graph (Dhillon 2001), from 0 to k.

    ``affinity_sums`` [k, k] are the affinities between clusters of words (rows) and of units. A
    co-cluster adds 1 - within / volume, and 1 where it has no volume.
    """
    within = 2 * affinity_sums.diagonal()
    volumes = affinity_sums.sum(axis=0) + affinity_sums.sum(axis=1)
    fractions = np.divide(within, volumes, out=np.zeros_like(within), where=volumes > 0)
    return float(np.clip(1 - fractions, 0, 1).sum())


def _pairs(counts: np.ndarray) -> float:
    return float((counts * (counts - 1)).sum() / 2)


def adjusted_rand_index(first: IntArray, second: IntArray) -> float:
    """Agreement of two clusterings of the same members (Hubert and Arabie 1985): 1 if equal.

    scikit-learn's takes 70 times as long for a thousand members, several seconds a model.
    """
    rows, columns = int(first.max()) + 1, int(second.max()) + 1
    table = np.bincount(first * columns + second, minlength=rows * columns).reshape(rows, columns)
    in_first, in_second = _pairs(table.sum(axis=1)), _pairs(table.sum(axis=0))
    expected = in_first * in_second / _pairs(np.array([len(first)]))
    largest = (in_first + in_second) / 2
    return 1.0 if largest == expected else (_pairs(table) - expected) / (largest - expected)


def stability(labelings: Sequence[Int32Array]) -> float:
    """Mean adjusted Rand index over all pairs of labelings, words and units together."""
    return float(np.mean([adjusted_rand_index(*pair) for pair in combinations(labelings, 2)]))


def sign_coherence(positive_sums: Float64Array, negative_sums: Float64Array) -> float:
    """Absolute sum over sum of absolute responses, within the blocks paired by label.

    Both [k, k]: sums of the positive and of the negative parts. 1 where no signs cancel and where
    the pairs have no response at all.
    """
    positive, negative = positive_sums.diagonal(), negative_sums.diagonal()
    absolute = float((positive - negative).sum())
    return float(np.abs(positive + negative).sum()) / absolute if absolute else 1.0
