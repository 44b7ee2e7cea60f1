"""Spectral co-clustering of words and units, for all numbers of clusters at once."""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
import sklearn
from sklearn.exceptions import ConvergenceWarning
from threadpoolctl import ThreadpoolController

from rnnvis_assets.co_clusters.cluster_blocks import (
    Links,
    block_sums,
    centralities,
    link_clusters,
    normalized_cut,
    part_sums,
    sign_coherence,
    stability,
    strengths,
)
from rnnvis_assets.co_clusters.k_means import Labeling, cluster_points
from rnnvis_assets.co_clusters.spectral_embedding import spectral_embedding
from rnnvis_assets.configuration.affinity import (
    AFFINITIES,
    Affinity,
    affinity_matrix,
    oriented_responses,
)
from warehouse.array_pieces import pieces
from warehouse.arrays import Float64Array, FloatArray, Int32Array, Int64Array
from warehouse.chips import Chips

_COMPARED_ROWS = 32
"""Rows by which columns are ordered at a time: few columns are equal in so many."""


@dataclass(frozen=True)
class Quality:
    """How well separated, how stable between k-means seeds and how coherent in sign co-clusters
    are (see ``cluster_blocks``)."""

    normalized_cut: float
    stability: float
    sign_coherence: float


@dataclass(frozen=True)
class CoClustering:
    """Words and units, or directions of units, in ``num_clusters`` co-clusters, ascending in number
    of these.

    ``words`` int32[words] holds the cluster of each word, ``cells`` int32[directions · units] that
    of each unit, or of each rising and then of each falling one. ``centrality`` float64[words] is
    how central a word is in its cluster, ``strength`` float64[words] how strongly it drives the
    cells of its cluster. ``seed`` gave the labels kept, those with the lowest normalized cut.
    """

    affinity: Affinity
    num_clusters: int
    words: Int32Array
    cells: Int32Array
    centrality: Float64Array
    strength: Float64Array
    links: Links
    seed: int
    quality: Quality

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


def canonical_order(*matrices: FloatArray) -> Int64Array:
    """The columns of matrices [rows, columns], one under the other, in an order that depends only
    on their numbers: those above 0 ascend, first in the first row.

    Columns in this order are bit for bit the same, whatever their order was before.
    """
    ranks = np.zeros(matrices[0].shape[1], np.int64)
    for matrix in matrices:
        for start in range(0, len(matrix), _COMPARED_ROWS):
            tied = np.flatnonzero(np.bincount(ranks)[ranks] > 1)
            if len(tied):
                ranks[tied] = _refine(ranks[tied], matrix[start : start + _COMPARED_ROWS, tied])
    return np.argsort(ranks, kind="stable")


def _refine(ranks: Int64Array, rows: FloatArray) -> Int64Array:
    """The ranks [columns] of columns, those of equal rank ordered by ``rows`` [rows, columns].
    A rank is the number of columns before the first of the same rank."""
    # Bits are in the order of the numbers above 0; + 0.0 makes -0.0 the same as 0.
    numbers = rows + 0.0
    keys = numbers.view(f"u{numbers.itemsize}")
    order = np.lexsort((*keys[::-1], ranks))
    keys, ordered = keys[:, order], ranks[order]
    begins = np.diff(ordered, prepend=-1) > 0
    differs = begins.copy()
    differs[1:] |= (keys[:, 1:] != keys[:, :-1]).any(axis=0)
    first, own = (np.maximum.accumulate(at * np.arange(len(at))) for at in (begins, differs))
    refined = np.empty_like(ranks)
    refined[order] = ordered + own - first
    return refined


def order_clusters(
    words: Int32Array, cells: Int32Array, num_clusters: int
) -> tuple[Int32Array, Int32Array]:
    """The same clusters, numbered by ascending number of cells.

    Of equals, the one with fewer words comes first, then the one with the lower first word, then
    the one with the lower first cell.
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


@cache
def _thread_pools() -> ThreadpoolController:
    """The thread pools of the libraries loaded above; to find them takes longer than a fit."""
    return ThreadpoolController()


@contextmanager
def _quick_and_quiet() -> Iterator[None]:
    """scikit-learn on one thread, without its checks of small arrays or its warnings.

    k-means of a thousand points is so small that more threads cost it many times what they save.
    Fewer different points than clusters leave clusters empty, which is counted and said already.
    """
    with (
        _thread_pools().limit(limits=1),
        sklearn.config_context(assume_finite=True, skip_parameter_validation=True),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore", ConvergenceWarning)
        yield


@dataclass(frozen=True)
class Bipartition:
    """Oriented responses [words, cells] and affinities float64[words, cells] of words and cells,
    the cells in canonical order: ``order`` int[cells] are their numbers. Sums over cells, and so
    labels, then do not depend on the order of units nor, of directions, on their signs."""

    values: FloatArray
    affinities: Float64Array
    order: Int64Array

    def label(self, clusters: range, seeds: int) -> list[tuple[Labeling, ...]]:
        """The labels of words and cells that each of ``seeds`` gives, for every k of ``clusters``.
        The same affinities give the same labels."""
        num_words = len(self.values)

        def cut(labels: Int32Array, k: int) -> float:
            sums = block_sums(self.affinities, labels[:num_words], labels[num_words:], k)
            return normalized_cut(sums)

        with _quick_and_quiet():
            embedding = spectral_embedding(self.affinities, clusters[-1])
            chains = [cluster_points(embedding, clusters[-1], seed, cut) for seed in range(seeds)]
            by_k = enumerate(zip(*chains, strict=True), start=2)
            return [labelings for k, labelings in by_k if k in clusters]

    @cached_property
    def counted(self) -> Float64Array:
        """float64[words, cells]: the squares of the responses that the affinity counts."""
        by_cell = np.empty(self.values.shape[::-1])
        for each in pieces(*self.values.shape[::-1]):
            squares = np.square(self.values[:, each].astype(np.float64))
            by_cell[each] = np.where(self.affinities[:, each] > 0, squares, 0).T
        return by_cell.T

    def quality(self, labelings: Sequence[Labeling], k: int) -> Quality:
        """The quality of the labels with the lowest cut, of several seeds."""
        kept = min(labelings, key=lambda labeling: labeling.cut)
        words, cells = kept.labels[: len(self.values)], kept.labels[len(self.values) :]
        return Quality(
            normalized_cut=kept.cut,
            stability=stability([labeling.labels for labeling in labelings]),
            sign_coherence=sign_coherence(*part_sums(self.values, words, cells, k)),
        )


def bipartition(responses: FloatArray, affinity: Affinity) -> Bipartition:
    """What an affinity makes of responses [words, units], finite numbers."""
    affinities = affinity_matrix(responses, affinity)
    values = oriented_responses(responses, affinity)
    order = canonical_order(affinities, values)
    values = np.take(values, order, axis=1)
    return Bipartition(values, np.take(affinities, order, axis=1), order)


def co_cluster(
    responses: FloatArray, affinity: Affinity, *, clusters: range, seeds: int
) -> list[CoClustering]:
    """Co-clusters words and units, or directions of units, by their responses [words, units],
    finite numbers.

    Returns a co-clustering for every k of ``clusters``, which goes from 2 at least to the number of
    words or units at most. The same input gives the same labels.
    """
    graph = bipartition(responses, affinity)
    num_words = len(graph.values)

    def describe(k: int, labelings: Sequence[Labeling]) -> CoClustering:
        seed = int(np.argmin([labeling.cut for labeling in labelings]))
        labels = labelings[seed].labels
        words, cells = order_clusters(labels[:num_words], labels[num_words:], k)
        by_number = np.empty_like(cells)
        by_number[graph.order] = cells
        return CoClustering(
            affinity=affinity,
            num_clusters=k,
            words=words,
            cells=by_number,
            centrality=centralities(graph.values, words, k),
            strength=strengths(graph.counted, words, cells, k),
            links=link_clusters(*part_sums(graph.values, words, cells, k), words, cells),
            seed=seed,
            quality=graph.quality(labelings, k),
        )

    return [
        describe(k, found) for k, found in zip(clusters, graph.label(clusters, seeds), strict=True)
    ]
