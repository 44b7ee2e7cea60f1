"""How word clusters act on unit clusters, and how central a word is in its own."""

from dataclasses import dataclass

import numpy as np

from rnnvis_assets.co_clusters.block_sums import sum_by_cluster
from rnnvis_assets.co_clusters.k_means import Labels
from rnnvis_assets.co_clusters.spectral_embedding import Floats


@dataclass(frozen=True)
class Links:
    """Mean responses float64[k, k] of each word cluster (row) in each unit cluster (column).

    ``weight`` is the mean of s over the block (paper, Eq. 8), the sum of ``positive`` and
    ``negative``, the means of its parts above and below 0. All are 0 where a side is empty.
    """

    weight: Floats
    positive: Floats
    negative: Floats


def link_clusters(
    positive_sums: Floats, negative_sums: Floats, words: Labels, units: Labels
) -> Links:
    """Links from the sums of the positive and negative parts of the responses, both [k, k]."""
    num_clusters = len(positive_sums)
    members = [np.bincount(labels, minlength=num_clusters) for labels in (words, units)]
    sizes = np.maximum(np.outer(*members), 1)
    positive, negative = positive_sums / sizes, negative_sums / sizes
    return Links(positive + negative, positive, negative)


def centralities(responses: Floats, labels: Labels, num_clusters: int) -> Floats:
    """How near each word's responses [words, units] are to its cluster's mean: float64[words].

    1 / (1 + d / D) for the Euclidean distance d to the cluster's centroid and the mean D of these
    distances over the cluster: in (0, 1], 1 at the centroid, 1/2 at the usual distance, whatever
    the scale of the responses. All are 1 where a cluster's words respond alike, or it has but one.
    """
    sizes = np.maximum(np.bincount(labels, minlength=num_clusters), 1)
    centroids = sum_by_cluster(responses, labels, num_clusters) / sizes[:, np.newaxis]
    distances = np.linalg.norm(responses - centroids[labels], axis=1)
    usual = (sum_by_cluster(distances, labels, num_clusters) / sizes)[labels]
    relative = np.divide(distances, usual, out=np.zeros_like(distances), where=usual > 0)
    centrality: Floats = 1 / (1 + relative)
    return centrality
