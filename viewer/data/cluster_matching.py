"""Which clusters of two co-clusterings belong together: by the words, or else the units, that both
have in them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from viewer.data import release_store
from viewer.data.release_store import Analysis
from warehouse.arrays import Float64Array, Int32Array, IntArray
from warehouse.reader import Release

Labels = Mapping[Any, int]
"""The cluster of each item, from 0."""


@dataclass(frozen=True, eq=False)
class ClusterMatching:
    """Clusters of a first and a second co-clustering, one of each a pair, by the first's number.

    ``pairs`` int32[pairs, 2]; ``jaccard`` float64[pairs]: of the ``shared`` items (``items`` says
    what they are) that are in either of a pair, the fraction in both; ``common`` and ``together``
    int[pairs]: how many those are; ``num_clusters`` of either.
    """

    pairs: Int32Array
    jaccard: Float64Array
    common: IntArray
    together: IntArray
    num_clusters: tuple[int, int]
    shared: int
    items: str

    def order(self, side: int) -> tuple[int, ...]:
        """The clusters of the first (``side`` 0) or second: matched ones by the first's number, so
        that a pair is at one place of both orders, then those without a match; empty where that
        is 0, 1, 2 and so on."""
        matched = self.pairs[:, side].tolist()
        every = range(self.num_clusters[side])
        order = (*matched, *(cluster for cluster in every if cluster not in matched))
        return () if order == tuple(every) else order


def match_clusters(
    first: Labels, second: Labels, num_clusters: tuple[int, int], items: str
) -> ClusterMatching:
    """The pairs with the largest sum of Jaccard indices over the items of both (the assignment of
    Kuhn 1955); a pair that has nothing in common is none. O(items + k^3)."""
    from scipy.optimize import linear_sum_assignment  # slow to import: a comparison needs it first

    shared = [item for item in first if item in second]
    common = np.zeros(num_clusters, np.int64)
    for item in shared:
        common[first[item], second[item]] += 1
    together = common.sum(axis=1, keepdims=True) + common.sum(axis=0) - common
    jaccard = common / np.maximum(together, 1)
    pairs = np.column_stack(linear_sum_assignment(jaccard, maximize=True)).astype(np.int32)
    pairs = pairs[jaccard[tuple(pairs.T)] > 0]
    at = tuple(pairs.T)
    return ClusterMatching(
        pairs, jaccard[at], common[at], together[at], num_clusters, len(shared), items
    )


def match_analyses(
    one: Release, analysis: Analysis, other: Release, compared: Analysis
) -> ClusterMatching | None:
    """The clouds of two analyses matched by the words that both cluster; where there are none, the
    chips by the cells, if both are of the same network's layer and state; else None.

    Raises ReleaseError where a release lacks its co-clustering.
    """
    counts = analysis.num_clusters, compared.num_clusters
    words, others = _word_labels(one, analysis), _word_labels(other, compared)
    if not words.keys().isdisjoint(others):
        return match_clusters(words, others, counts, "words")
    if not _same_units(one, analysis, other, compared):
        return None
    cells = _cell_labels(one, analysis), _cell_labels(other, compared)
    return match_clusters(cells[0], cells[1], counts, "cells")


def _word_labels(release: Release, analysis: Analysis) -> Labels:
    found = release_store.co_clustering(release, analysis)
    words: Sequence[str] = release_store.clustered_words(release, analysis)
    return dict(zip(words, found.word_clusters.tolist(), strict=True))


def _cell_labels(release: Release, analysis: Analysis) -> Labels:
    chips = release_store.co_clustering(release, analysis).chips
    cells = zip(chips.units.tolist(), chips.directions.tolist(), strict=True)
    return dict(zip(cells, chips.clusters.tolist(), strict=True))


def _same_units(one: Release, analysis: Analysis, other: Release, compared: Analysis) -> bool:
    weights = one.model["weights_sha256"], other.model["weights_sha256"]
    places = [(each.layer, each.state) for each in (analysis, compared)]
    return weights[0] == weights[1] and places[0] == places[1]
