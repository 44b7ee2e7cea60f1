"""What sets the size of a word in its cloud, and whether it is kept there."""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from viewer.data import release_store
from viewer.data.release_cache import cached_by_release
from viewer.data.release_store import Analysis
from warehouse.arrays import Float32Array, FloatArray, Int32Array
from warehouse.chips import Chips
from warehouse.reader import Release

WORD_SIZES: Mapping[str, str] = MappingProxyType(
    {
        "strength": "strength of response",
        "centrality": "centrality (the paper's)",
        "projection": "projection on the cluster",
        "count": "occurrences",
    }
)
"""What a control offers, by the name in an address."""


@cached_by_release
def word_sizes(release: Release, analysis: Analysis, measure: str) -> Float32Array:
    """float32[clustered words]: the larger, the larger a word is drawn. ``measure`` is one of
    ``WORD_SIZES``; occurrences count by their logarithm."""
    found = release_store.co_clustering(release, analysis)
    counts = release_store.vocabulary_of(release).counts[found.word_ids]
    match measure:
        case "strength":
            return found.strengths
        case "centrality":
            return found.centralities
        case "count":
            return np.log1p(counts).astype(np.float32)
    responses = release_store.responses_of(release, analysis).mean
    projected = projections(responses, found.word_clusters, found.chips)
    minimum = release_store.facts_of(release).minimum_count
    return (projected * (counts / (counts + minimum))).astype(np.float32)


def projections(responses: FloatArray, clusters: Int32Array, chips: Chips) -> FloatArray:
    """float[words]: each word's response along the mean response of its cluster, over the cells of
    the paired chip; 0 where the chip is empty or the mean is zero.

    ``responses`` float[words, units], ``clusters`` int32[words].
    """
    oriented, found = chips.orient(responses), np.zeros(len(responses))
    for cluster in range(chips.num_clusters):
        members = clusters == cluster
        if members.any():
            own = oriented[np.ix_(members, chips.clusters == cluster)]
            direction = own.mean(axis=0)
            length = np.linalg.norm(direction)
            found[members] = own @ direction / length if length > 0 else 0.0
    return found
