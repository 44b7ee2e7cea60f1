"""What the quality of co-clusterings is compared with: chance, and other signs of the units."""

from dataclasses import dataclass

import numpy as np

from rnnvis_assets.co_clusters.cluster_blocks import adjusted_rand_index
from rnnvis_assets.co_clusters.co_clustering import (
    Bipartition,
    Quality,
    bipartition,
    canonical_order,
)
from rnnvis_assets.configuration.affinity import Affinity
from warehouse.arrays import FloatArray, Int32Array

_SEEDS = 2
"""k-means seeds of permuted responses: the fewest that have a stability."""

_FLIPS = 3


@dataclass(frozen=True)
class Baseline:
    """Of one co-clustering: the quality for responses ``by_chance``, and the ``invariance``: the
    mean adjusted Rand index between its labels and those after random changes of the units' signs,
    with the same k-means seed."""

    by_chance: Quality
    invariance: float


def permute_words(responses: FloatArray, generator: np.random.Generator) -> FloatArray:
    """Responses [words, units], those of every unit dealt to the words at random. The units' signs
    and order change no draw."""
    order = canonical_order(np.abs(responses))
    permuted = np.empty_like(responses)
    permuted[:, order] = generator.permuted(responses[:, order], axis=0)
    return permuted


def flip_units(responses: FloatArray, generator: np.random.Generator) -> FloatArray:
    """Responses [words, units] with the sign of every second unit or so reversed."""
    order = canonical_order(np.abs(responses))
    signs = np.empty(responses.shape[1], responses.dtype)
    signs[order] = generator.choice([-1, 1], len(order))
    return responses * signs


def _first_labels(graph: Bipartition, clusters: range) -> list[Int32Array]:
    """The labels of words and cells, by number, that the first seed gives, for every k."""
    num_words, found = len(graph.values), []
    for (labeling,) in graph.label(clusters, 1):
        labels = labeling.labels.copy()
        labels[num_words + graph.order] = labeling.labels[num_words:]
        found.append(labels)
    return found


def _invariances(
    responses: FloatArray, affinity: Affinity, clusters: range, generator: np.random.Generator
) -> list[float]:
    graph, found, own = bipartition(responses, affinity), [], None
    for _ in range(_FLIPS):
        flipped = bipartition(flip_units(responses, generator), affinity)
        if np.array_equal(graph.affinities, flipped.affinities):
            found.append(np.ones(len(clusters)))
            continue
        own = own or _first_labels(graph, clusters)
        pairs = zip(own, _first_labels(flipped, clusters), strict=True)
        found.append(np.array([adjusted_rand_index(*pair) for pair in pairs]))
    means: list[float] = np.mean(found, axis=0).tolist()
    return means


def baselines(responses: FloatArray, affinity: Affinity, *, clusters: range) -> list[Baseline]:
    """The baselines of co-clusterings of responses [words, units], for every k of ``clusters``.

    The same responses give the same baselines.
    """
    generator = np.random.default_rng(0)
    permuted = bipartition(permute_words(responses, generator), affinity)
    by_chance = [
        permuted.quality(labelings, k)
        for k, labelings in zip(clusters, permuted.label(clusters, _SEEDS), strict=True)
    ]
    invariances = _invariances(responses, affinity, clusters, generator)
    return [Baseline(*pair) for pair in zip(by_chance, invariances, strict=True)]
