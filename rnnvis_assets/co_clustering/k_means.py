"""k-means of an embedding for k = 2, 3, …, each k begun from the centres of the one before."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from sklearn.cluster import KMeans, kmeans_plusplus

from rnnvis_assets.co_clustering.embedding import Embedding, Floats

Labels = npt.NDArray[np.int32]

_CANDIDATES = 30
"""Points tried for each new centre: with 30 rather than 8, seeds agree more often."""


def _new_centre(embedding: Embedding, model: KMeans, generator: np.random.Generator) -> Floats:
    """Of some points drawn by squared distance to their centre, the one that helps most.

    One step of greedy k-means++ (Arthur and Vassilvitskii 2007), as scikit-learn takes it; its own
    function cannot begin from given centres.
    """
    points, weights = embedding.points, embedding.weights
    costs = weights * np.square(points - model.cluster_centers_[model.labels_]).sum(axis=1)
    drawn = np.searchsorted(costs.cumsum(), generator.random(_CANDIDATES) * costs.sum())
    candidates = points[np.minimum(drawn, len(points) - 1)]
    distances = np.square(points).sum(axis=1)[:, np.newaxis] - 2 * points @ candidates.T
    distances += np.square(candidates).sum(axis=1)
    lowered = np.minimum(weights[:, np.newaxis] * distances, costs[:, np.newaxis])
    best: Floats = candidates[[lowered.sum(axis=0).argmin()]]
    return best


def cluster_points(embedding: Embedding, maximum_clusters: int, seed: int) -> Iterator[Labels]:
    """Yields int32[words + units], the cluster of every point, for k = 2 to ``maximum_clusters``.

    What comes for one k depends on the embedding and the seed alone. Clusters are left empty where
    fewer than k points differ.
    """
    points, weights = embedding.points, embedding.weights
    generator = np.random.default_rng(seed)
    centres, _ = kmeans_plusplus(points, 2, sample_weight=weights, random_state=seed)
    while True:
        # No tolerance: an iteration costs less than working the tolerance out.
        model = KMeans(len(centres), init=centres, n_init=1, tol=0)
        model.fit(points, sample_weight=weights)
        yield model.labels_
        if len(centres) == maximum_clusters:
            return
        centres = np.vstack((model.cluster_centers_, _new_centre(embedding, model, generator)))
