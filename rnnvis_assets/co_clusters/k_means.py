"""k-means of an embedding for k = 2, 3, …, each k started from the centres of the one before.

Centres start on words: starts on units would depend on their order, which is arbitrary, and found
clusters without words (none of toy-reviews-gru's and docstrings-lstm's k = 2 to 20 has one now).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from sklearn.cluster import KMeans, kmeans_plusplus

from rnnvis_assets.co_clusters.spectral_embedding import Embedding
from warehouse.arrays import Float32Array, Int32Array

Cut = Callable[[Int32Array, int], float]
"""The normalized cut of int32[words + units] labels in k clusters."""

_CANDIDATES = 30
"""Words tried for each new centre: with 30 instead of 8, seeds agree more often."""

_FITS = 12
"""Fits of one k: 12 // k, at least one. With few clusters a single fit often missed the best by
far: from 'positive' responses of toy reviews, half the seeds had a cut of 0.43 at k = 2, not 0.25.
"""


@dataclass(frozen=True)
class Labeling:
    """The cluster int32[words + units] of every word, then unit, and the normalized cut."""

    labels: Int32Array
    cut: float


def next_centre(
    embedding: Embedding, model: KMeans, generator: np.random.Generator
) -> Float32Array:
    """The centre to add: of words drawn by squared distance, the one that helps most.

    One step of greedy k-means++ (Arthur and Vassilvitskii 2007) as in scikit-learn, whose own
    function cannot start from given centres.
    """
    points, weights = embedding.points, embedding.weights
    costs = weights * np.square(points - model.cluster_centers_[model.labels_]).sum(axis=1)
    of_words = costs[: embedding.num_words].astype(np.float64)
    drawn = np.searchsorted(of_words.cumsum(), generator.random(_CANDIDATES) * of_words.sum())
    candidates = points[np.minimum(drawn, len(of_words) - 1)]
    distances = np.square(points).sum(axis=1)[:, np.newaxis] - 2 * points @ candidates.T
    distances += np.square(candidates).sum(axis=1)
    lowered = np.minimum(weights[:, np.newaxis] * distances, costs[:, np.newaxis])
    best: Float32Array = candidates[[lowered.sum(axis=0).argmin()]]
    return best


def _first_centres(
    embedding: Embedding, num_clusters: int, model: KMeans | None, generator: np.random.Generator
) -> Iterator[Float32Array]:
    """Yields the start of each fit: the model with one cluster fewer, then k-means++."""
    if model is not None:
        yield np.vstack((model.cluster_centers_, next_centre(embedding, model, generator)))
    words = embedding.points[: embedding.num_words]
    for _ in range(_FITS // num_clusters - (model is not None)):
        centres, _ = kmeans_plusplus(
            words,
            num_clusters,
            sample_weight=embedding.weights[: embedding.num_words],
            random_state=int(generator.integers(2**31)),
        )
        yield centres


def cluster_points(
    embedding: Embedding, maximum_clusters: int, seed: int, cut: Cut
) -> Iterator[Labeling]:
    """Yields, for k = 2 to ``maximum_clusters``, the fit with the lowest normalized cut.

    The fit for one k depends only on the embedding and the seed. Clusters stay empty where fewer
    than k points differ.
    """
    generator, best = np.random.default_rng(seed), None
    for k in range(2, maximum_clusters + 1):
        # No tolerance: an iteration costs less than computing the tolerance.
        models = [
            KMeans(k, init=centres, n_init=1, tol=0).fit(
                embedding.points, sample_weight=embedding.weights
            )
            for centres in _first_centres(embedding, k, best, generator)
        ]
        cuts = [cut(model.labels_, k) for model in models]
        best = models[int(np.argmin(cuts))]
        yield Labeling(best.labels_, min(cuts))
