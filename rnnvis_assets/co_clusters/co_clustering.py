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
from rnnvis_assets.configuration.affinity import AFFINITIES, Affinity, oriented_responses
from warehouse.arrays import Float64Array, FloatArray, Int32Array
from warehouse.chips import Chips


@dataclass(frozen=True)
class CoClustering:
    """Words and units, or directions of units, in ``num_clusters`` co-clusters, ascending in number
    of these.

    ``words`` int32[words] holds the cluster of each word, ``cells`` int32[directions · units] that
    of each unit, or of each rising and then of each falling one. ``centrality`` float64[words] is
    how central a word is in its cluster, ``strength`` float64[words] how strongly it drives the
    cells of its cluster. ``seed`` gave the labels kept, those with the lowest ``normalized_cut``;
    ``stability`` compares the labels of all seeds.
    """

    affinity: Affinity
    num_clusters: int
    words: Int32Array
    cells: Int32Array
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

    @property
    def chips(self) -> Chips:
        directions = np.array(AFFINITIES[self.affinity].directions, np.int32)
        units = len(self.cells) // len(directions)
        numbers = np.arange(units, dtype=np.int32)
        return Chips(
            num_clusters=self.num_clusters,
            units=np.tile(numbers, len(directions)),
            directions=np.repeat(directions, units),
            clusters=self.cells,
        )


def order_clusters(
    words: Int32Array, cells: Int32Array, num_clusters: int
) -> tuple[Int32Array, Int32Array]:
    """The same clusters, numbered by ascending number of cells.

    Of equals, the one with fewer words comes first, then the one with the lower first word, then
    the one with the lower first cell: the last, as the order of units is arbitrary.
    """
    keys = []
    for labels in (words, cells):
        first = np.full(num_clusters, len(labels))
        np.minimum.at(first, labels, np.arange(len(labels)))
        keys += [first, np.bincount(labels, minlength=num_clusters)]
    first_word, num_words, first_cell, num_cells = keys
    rank = np.empty(num_clusters, np.int32)
    rank[np.lexsort((first_cell, first_word, num_words, num_cells))] = np.arange(num_clusters)
    return rank[words], rank[cells]


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
    """Co-clusters words and units, or directions of units, by their responses [words, units],
    finite numbers.

    Returns a co-clustering for every k of ``clusters``, which goes from 2 at least to the number of
    words or units at most. The same input gives the same labels.
    """
    values = oriented_responses(responses, affinity)
    affinities = AFFINITIES[affinity].compute(values)
    parts = np.maximum(values, 0), np.minimum(values, 0)
    num_words = len(values)

    def cut(labels: Int32Array, k: int) -> float:
        return normalized_cut(block_sums(affinities, labels[:num_words], labels[num_words:], k))

    def describe(k: int, labelings: Sequence[Labeling]) -> CoClustering:
        seed = int(np.argmin([labeling.cut for labeling in labelings]))
        kept = labelings[seed]
        words, cells = order_clusters(kept.labels[:num_words], kept.labels[num_words:], k)
        positive, negative = (block_sums(part, words, cells, k) for part in parts)
        return CoClustering(
            affinity=affinity,
            num_clusters=k,
            words=words,
            cells=cells,
            centrality=centralities(values, words, k),
            strength=strengths(values, affinities, words, cells),
            links=link_clusters(positive, negative, words, cells),
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
