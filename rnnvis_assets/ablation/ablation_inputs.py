"""What earlier stages wrote about the states that are silenced: clusters, means, strengths."""

from collections.abc import Iterator
from dataclasses import dataclass

from rnnvis_assets.ablation.clamps import Clamps, clamp_at_means
from rnnvis_assets.ablation.random_sets import cell_strengths
from rnnvis_assets.co_clusters.shown_clustering import ShownClustering
from rnnvis_assets.configuration.affinity import Affinity
from rnnvis_assets.engine.stage import RunContext
from rnnvis_assets.glyphs.glyph_inputs import read_chips
from warehouse.arrays import BoolArray, Float32Array, Float64Array, Int32Array
from warehouse.chips import Chips
from warehouse.parquet_tables import read_table, where
from warehouse.schema import EXPECTED_RESPONSE, UNIT_SUMMARY, WORD_CLUSTER
from warehouse.stored_responses import open_responses


@dataclass(frozen=True)
class ClusteredState:
    """One co-clustering of a state of a layer: its unit clusters, the strength float64[cells] of
    their cells, the cluster int32[words] of its words, and the mean float32[units] of its units."""

    layer: int
    state: str
    affinity: Affinity
    chips: Chips
    strengths: Float64Array
    word_ids: Int32Array
    word_clusters: Int32Array
    means: Float32Array

    def clamp(self, chosen: BoolArray) -> Clamps:
        """Silences the cells ``chosen`` bool[sets, cells]."""
        return clamp_at_means(self.layer, self.state, self.chips, chosen, self.means)

    def own_words(self, cluster: int) -> Int32Array:
        """The ids of the words that are paired with a unit cluster."""
        own: Int32Array = self.word_ids[self.word_clusters == cluster]
        return own


def clustered_states(
    context: RunContext, model: str, num_clusters: int
) -> Iterator[ClusteredState]:
    """The co-clusterings into ``num_clusters`` of every layer and state, by the affinity of the
    glyphs. Raises AnalysisError where they were not made, StorageError where a table is damaged."""
    storage, affinity = context.storage, context.project.analysis_of(model).glyphs.affinity
    wanted = ShownClustering(affinity, num_clusters)
    words = read_table(storage.table(model, WORD_CLUSTER.name), filters=where(**vars(wanted)))
    columns = ["layer", "state", "unit", "mean"]
    summary = read_table(storage.table(model, UNIT_SUMMARY.name), columns)
    for (layer, state), chips in read_chips(context, model, wanted).items():
        of_state = where(layer=layer, state=state)
        paired = words.filter(of_state)
        word_ids = paired["word_id"].to_numpy()
        path = storage.table(model, EXPECTED_RESPONSE.name)
        responses = open_responses(path, layer, state).of(word_ids)
        yield ClusteredState(
            layer=layer,
            state=state,
            affinity=affinity,
            chips=chips,
            strengths=cell_strengths(responses, chips),
            word_ids=word_ids,
            word_clusters=paired["cluster"].to_numpy(),
            means=summary.filter(of_state).sort_by("unit")["mean"].to_numpy(),
        )
