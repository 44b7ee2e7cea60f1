"""The four tables of this stage: co-clusterings to columns."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from rnnvis_assets.co_clusters.baselines import Baseline
from rnnvis_assets.co_clusters.cluster_blocks import adjusted_rand_index
from rnnvis_assets.co_clusters.co_clustering import CoClustering
from warehouse.arrays import Float64Array, Int32Array
from warehouse.columns import Table
from warehouse.schema import CLUSTER_LINK, CLUSTERING, UNIT_CLUSTER, WORD_CLUSTER

Columns = Mapping[str, Any]
Values = Callable[[CoClustering], npt.ArrayLike]

TABLES: tuple[Table, ...] = (UNIT_CLUSTER, WORD_CLUSTER, CLUSTER_LINK, CLUSTERING)


def co_cluster_columns(
    layer: int,
    state: str,
    word_ids: Int32Array,
    reliability: Float64Array,
    units: Int32Array,
    clusterings: Sequence[CoClustering],
    baselines: Sequence[Baseline],
    heads: Int32Array | None = None,
) -> Mapping[str, Columns]:
    """The rows of each of ``TABLES`` for all co-clusterings of one state of one layer, and the
    baseline of each.

    ``word_ids`` int32[words] names the words in the order in which they were clustered, and
    ``reliability`` float64[words] shrinks the strengths of rare ones; ``units`` int32[units] names
    the units in the same way, and ``heads`` int32[units] their heads in a matrix memory.
    """
    rows = partial(_rows, layer, state, clusterings)
    return {
        UNIT_CLUSTER.name: rows(
            lambda c: len(c.cells),
            unit=lambda c: units[c.chips.units],
            direction=lambda c: c.chips.directions,
            cluster=lambda c: c.cells,
        ),
        WORD_CLUSTER.name: rows(
            lambda c: len(c.words),
            word_id=lambda _: word_ids,
            cluster=lambda c: c.words,
            centrality=lambda c: c.centrality,
            strength=lambda c: c.strength * reliability,
        ),
        CLUSTER_LINK.name: rows(
            lambda c: c.num_clusters**2,
            word_cluster=lambda c: np.indices(c.links.weight.shape)[0],
            unit_cluster=lambda c: np.indices(c.links.weight.shape)[1],
            weight=lambda c: c.links.weight,
            positive=lambda c: c.links.positive,
            negative=lambda c: c.links.negative,
        ),
        CLUSTERING.name: {
            **_clustering_columns(rows, baselines),
            "head_agreement": [_head_agreement(c, heads) for c in clusterings],
        },
    }


def _clustering_columns(rows: Callable[..., Columns], baselines: Sequence[Baseline]) -> Columns:
    """A row for each co-clustering: its quality, and that of its baseline."""
    return {
        **rows(
            lambda _: 1,
            num_words=lambda c: len(c.words),
            seed=lambda c: c.seed,
            normalized_cut=lambda c: c.quality.normalized_cut,
            stability=lambda c: c.quality.stability,
            sign_coherence=lambda c: c.quality.sign_coherence,
            empty_word_clusters=lambda c: c.empty_word_clusters,
        ),
        "chance_cut": [b.by_chance.normalized_cut for b in baselines],
        "chance_stability": [b.by_chance.stability for b in baselines],
        "chance_coherence": [b.by_chance.sign_coherence for b in baselines],
        "invariance": [b.invariance for b in baselines],
    }


def _head_agreement(clustering: CoClustering, heads: Int32Array | None) -> float | None:
    """How far the clusters of cells are just the heads of their units."""
    if heads is None:
        return None
    return adjusted_rand_index(clustering.cells, heads[clustering.chips.units])


def _rows(
    layer: int,
    state: str,
    clusterings: Sequence[CoClustering],
    num_rows: Callable[[CoClustering], int],
    **columns: Values,
) -> Columns:
    """The key columns of the co-clusterings, then ``columns`` of each of them."""
    sizes = [num_rows(clustering) for clustering in clusterings]
    return {
        "layer": np.full(sum(sizes), layer),
        "state": [state] * sum(sizes),
        "affinity": np.repeat([c.affinity for c in clusterings], sizes),
        "num_clusters": np.repeat([c.num_clusters for c in clusterings], sizes),
        **{
            name: np.concatenate([np.ravel(values(c)) for c in clusterings])
            for name, values in columns.items()
        },
    }
