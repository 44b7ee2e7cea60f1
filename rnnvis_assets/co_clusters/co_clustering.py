"""Spectral co-clustering of words and units, for all numbers of clusters at once."""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import sklearn
from sklearn.exceptions import ConvergenceWarning
from threadpoolctl import threadpool_limits

from rnnvis_assets.co_clusters.cluster_blocks import (
    Links,
    block_sums,
    centralities,
    link_clusters,
    normalized_cut,
    sign_coherence,
    stability,
    strengths,
)
from rnnvis_assets.co_clusters.k_means import Labeling, cluster_points
from rnnvis_assets.co_clusters.spectral_embedding import spectral_embedding
from rnnvis_assets.configuration.affinity import Affinity, affinity_matrix
from warehouse.arrays import Float64Array, FloatArray, Int32Array


@dataclass(frozen=True)
class CoClustering:
    """Words and units in ``num_clusters`` co-clusters, ascending in number of units.

    ``words`` int32[words] and ``units`` int32[units] hold the cluster of each, ``centrality``
    float64[words] how central a word is in its cluster, ``strength`` float64[words] how strongly it
    drives the units of its cluster. ``seed`` gave the labels kept, those with
    the lowest ``normalized_cut``; ``stability`` compares the labels of all seeds.
    """

    affinity: Affinity
    num_clusters: int
    words: Int32Array
    units: Int32Array
    centrality: Float64Array
    strength: Float64Array
    links: Links
    seed: int
    normalized_cut: float
    stability: float
    sign_coherence: float

    @property
    def empty_word_clusters(self) -> int:
        return self.num_clusters - len(np.unique(self.words))


def order_clusters(
    words: Int32Array, units: Int32Array, num_clusters: int
) -> tuple[Int32Array, Int32Array]:
    """The same clusters, numbered by ascending number of units.

    Of equals, the one with fewer words comes first, then the one with the lower first unit, then
    the one with the lower first word.
    """
    keys = []
    for labels in (words, units):
        first = np.full(num_clusters, len(labels))
        np.minimum.at(first, labels, np.arange(len(labels)))
        keys += [first, np.bincount(labels, minlength=num_clusters)]
    first_word, num_words, first_unit, num_units = keys
    rank = np.empty(num_clusters, np.int32)
    rank[np.lexsort((first_word, first_unit, num_words, num_units))] = np.arange(num_clusters)
    return rank[words], rank[units]


@contextmanager
def _quick_and_quiet() -> Iterator[None]:
    """scikit-learn on one thread, without its checks of small arrays or its warnings.

    k-means of a thousand points is so small that more threads cost it many times what they save.
    Fewer different points than clusters leave clusters empty, which is counted and said already.
    """
    with (
        threadpool_limits(1),
        sklearn.config_context(assume_finite=True, skip_parameter_validation=True),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore", ConvergenceWarning)
        yield


def co_cluster(
    responses: FloatArray, affinity: Affinity, *, clusters: range, seeds: int
) -> list[CoClustering]:
    """Co-clusters words and units by their responses [words, units], finite numbers.

    Returns a co-clustering for every k of ``clusters``, which goes from 2 at least to the number of
    words or units at most. The same input gives the same labels.
    """
    values = np.asarray(responses, np.float64)
    affinities = affinity_matrix(values, affinity)
    parts = affinity_matrix(values, "positive"), -affinity_matrix(values, "negative")
    num_words = len(values)

    def cut(labels: Int32Array, k: int) -> float:
        return normalized_cut(block_sums(affinities, labels[:num_words], labels[num_words:], k))

    def describe(k: int, labelings: Sequence[Labeling]) -> CoClustering:
        seed = int(np.argmin([labeling.cut for labeling in labelings]))
        kept = labelings[seed]
        words, units = order_clusters(kept.labels[:num_words], kept.labels[num_words:], k)
        positive, negative = (block_sums(part, words, units, k) for part in parts)
        return CoClustering(
            affinity=affinity,
            num_clusters=k,
            words=words,
            units=units,
            centrality=centralities(values, words, k),
            strength=strengths(values, affinities, words, units),
            links=link_clusters(positive, negative, words, units),
            seed=seed,
            normalized_cut=kept.cut,
            stability=stability([labeling.labels for labeling in labelings], k),
            sign_coherence=sign_coherence(positive, negative),
        )

    with _quick_and_quiet():
        embedding = spectral_embedding(affinities, clusters[-1])
        chains = [cluster_points(embedding, clusters[-1], seed, cut) for seed in range(seeds)]
        by_k = enumerate(zip(*chains, strict=True), start=2)
        return [describe(k, labelings) for k, labelings in by_k if k in clusters]
