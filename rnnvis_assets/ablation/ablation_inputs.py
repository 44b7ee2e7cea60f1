"""What earlier stages wrote about the states that are silenced: clusters, means, strengths."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rnnvis_assets.ablation.clamps import Clamps, Directions, clamp_at_means
from rnnvis_assets.ablation.random_sets import direction_strengths
from rnnvis_assets.configuration.affinity import Affinity
from rnnvis_assets.engine.stage import RunContext
from rnnvis_assets.expected_response.response_tables import load_expected_response
from warehouse.arrays import BoolArray, Float32Array, Float64Array, Int32Array
from warehouse.errors import AnalysisError
from warehouse.parquet_tables import read_table
from warehouse.schema import UNIT_CLUSTER, UNIT_SUMMARY, WORD_CLUSTER


@dataclass(frozen=True)
class ClusteredState:
    """One co-clustering of a state of a layer: the cluster int32[directions] and the strength
    float64[directions] of its directions, the cluster int32[words] of its words, and the mean
    float32[units] of its units."""

    layer: int
    state: str
    affinity: Affinity
    num_clusters: int
    directions: Directions
    clusters: Int32Array
    strengths: Float64Array
    word_ids: Int32Array
    word_clusters: Int32Array
    means: Float32Array

    def clamp(self, chosen: BoolArray) -> Clamps:
        """Silences the directions ``chosen`` bool[sets, directions]."""
        return clamp_at_means(self.layer, self.state, self.directions, chosen, self.means)

    def own_words(self, cluster: int) -> Int32Array:
        """The ids of the words that are paired with a cluster of directions."""
        own: Int32Array = self.word_ids[self.word_clusters == cluster]
        return own


def _of_state(table: pa.Table, layer: int, state: str) -> pa.Table:
    return table.filter((pc.field("layer") == layer) & (pc.field("state") == state))


def clustered_states(
    context: RunContext, model: str, num_clusters: int
) -> Iterator[ClusteredState]:
    """The co-clusterings into ``num_clusters`` of every layer and state, by the affinity of the
    glyphs. Raises AnalysisError where they were not made, StorageError where a table is damaged."""
    affinity = context.project.analysis_of(model).glyphs.affinity
    wanted = (pc.field("affinity") == affinity) & (pc.field("num_clusters") == num_clusters)
    storage = context.storage
    units, words = (
        read_table(storage.table(model, table.name), filters=wanted)
        for table in (UNIT_CLUSTER, WORD_CLUSTER)
    )
    summary = read_table(
        storage.table(model, UNIT_SUMMARY.name), ["layer", "state", "unit", "mean"]
    )
    if not units.num_rows:
        raise AnalysisError(
            f"{storage.table(model, UNIT_CLUSTER.name)} has no {affinity!r} co-clustering into "
            f"{num_clusters}",
            repair=f"rnnvis materialize {model}",
        )
    for row in units.group_by(["layer", "state"], use_threads=False).aggregate([]).to_pylist():
        layer, state = row["layer"], row["state"]
        clustered, paired = (_of_state(table, layer, state) for table in (units, words))
        directions = Directions(clustered["unit"].to_numpy(), clustered["direction"].to_numpy())
        response = load_expected_response(storage, model, layer, state)
        word_ids = paired["word_id"].to_numpy()
        responses = response.mean[np.searchsorted(response.word_ids, word_ids)]
        yield ClusteredState(
            layer=layer,
            state=state,
            affinity=affinity,
            num_clusters=num_clusters,
            directions=directions,
            clusters=clustered["cluster"].to_numpy(),
            strengths=direction_strengths(responses, directions.unit, directions.direction),
            word_ids=word_ids,
            word_clusters=paired["cluster"].to_numpy(),
            means=_of_state(summary, layer, state).sort_by("unit")["mean"].to_numpy(),
        )
