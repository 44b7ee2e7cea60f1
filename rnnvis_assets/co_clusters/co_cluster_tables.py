"""The four tables of this stage: co-clusterings to columns."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
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
from warehouse.stored_responses import StoredRows

Columns = Mapping[str, Any]
Values = Callable[[CoClustering], npt.ArrayLike]

TABLES: tuple[Table, ...] = (UNIT_CLUSTER, WORD_CLUSTER, CLUSTER_LINK, CLUSTERING)


@dataclass(frozen=True)
class StateResponses:
    """Responses of all units to the clustered words, one state of one layer, to be read.

    ``word_ids`` int32[words] and ``units`` int32[units] name the words and units in the order in
    which they are clustered; ``reliability`` float64[words] shrinks the strengths of rare words;
    ``heads`` int32[units] of a matrix memory, None without heads of several units.
    """

    layer: int
    state: str
    word_ids: Int32Array
    values: StoredRows
    reliability: Float64Array
    units: Int32Array
    heads: Int32Array | None


def co_cluster_columns(
    responses: StateResponses, clusterings: Sequence[CoClustering], baselines: Sequence[Baseline]
) -> Mapping[str, Columns]:
    """The rows of each of ``TABLES`` for all co-clusterings of these responses, and the baseline of
    each."""
    rows = partial(_rows, responses, clusterings)
    return {
        UNIT_CLUSTER.name: rows(
            unit=lambda c: responses.units[c.chips.units],
            direction=lambda c: c.chips.directions,
            cluster=lambda c: c.cells,
        ),
        WORD_CLUSTER.name: rows(
            word_id=lambda _: responses.word_ids,
            cluster=lambda c: c.words,
            centrality=lambda c: c.centrality,
            strength=lambda c: c.strength * responses.reliability,
        ),
        CLUSTER_LINK.name: rows(
            word_cluster=lambda c: np.indices(c.links.weight.shape)[0],
            unit_cluster=lambda c: np.indices(c.links.weight.shape)[1],
            weight=lambda c: c.links.weight,
            positive=lambda c: c.links.positive,
            negative=lambda c: c.links.negative,
        ),
        CLUSTERING.name: {
            **rows(
                num_words=lambda c: len(c.words),
                seed=lambda c: c.seed,
                normalized_cut=lambda c: c.quality.normalized_cut,
                stability=lambda c: c.quality.stability,
                sign_coherence=lambda c: c.quality.sign_coherence,
                empty_word_clusters=lambda c: c.empty_word_clusters,
            ),
            **_baseline_columns(baselines),
            "head_agreement": [_head_agreement(c, responses.heads) for c in clusterings],
        },
    }


def _baseline_columns(baselines: Sequence[Baseline]) -> Columns:
    return {
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
    responses: StateResponses, clusterings: Sequence[CoClustering], **columns: Values
) -> Columns:
    """The key columns of the co-clusterings, then ``columns`` of each of them."""
    found = {name: [np.ravel(values(c)) for c in clusterings] for name, values in columns.items()}
    sizes = list(map(len, next(iter(found.values()))))
    return {
        "layer": np.full(sum(sizes), responses.layer),
        "state": [responses.state] * sum(sizes),
        "affinity": np.repeat([c.affinity for c in clusterings], sizes),
        "num_clusters": np.repeat([c.num_clusters for c in clusterings], sizes),
        **{name: np.concatenate(parts) for name, parts in found.items()},
    }
