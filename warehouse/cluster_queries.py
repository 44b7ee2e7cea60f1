"""The co-clusters of a release: who belongs where, the links between them, and their quality."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from warehouse.arrays import Float32Array, Float64Array, Int32Array
from warehouse.chips import Chips
from warehouse.database import Database
from warehouse.errors import ReleaseError, near_miss
from warehouse.layer_queries import LayerQueries
from warehouse.schema import CLUSTER_ABLATION, CLUSTER_LINK, CLUSTERING, UNIT_CLUSTER, WORD_CLUSTER

NEARLY = 0.95
"""Of the largest gain over chance: the curve flattens towards more clusters."""


@dataclass(frozen=True, eq=False)
class ReleasedCoClustering:
    """One co-clustering: its ``chips``, by unit and direction; ``word_ids``, ``word_clusters``
    int32 and ``centralities`` and ``strengths`` float32, each [clustered words]; the links
    ``weights``, ``positive`` and ``negative`` float64[k, k], a row a word cluster; ``quality``, its
    row of ``clustering``."""

    chips: Chips
    word_ids: Int32Array
    word_clusters: Int32Array
    centralities: Float32Array
    strengths: Float32Array
    weights: Float64Array
    positive: Float64Array
    negative: Float64Array
    quality: Mapping[str, Any]

    def reordered(self, order: Sequence[int]) -> "ReleasedCoClustering":
        """The same, each cluster numbered by its place in ``order``, a permutation of all."""
        numbers = np.argsort(order).astype(np.int32)
        square = np.ix_(order, order)
        return replace(
            self,
            chips=replace(self.chips, clusters=numbers[self.chips.clusters]),
            word_clusters=numbers[self.word_clusters],
            weights=self.weights[square],
            positive=self.positive[square],
            negative=self.negative[square],
        )


def clusters_beyond_chance(clustering: pa.Table) -> tuple[int, float]:
    """The fewest clusters with nearly the largest gain over chance, and their gain: of the
    normalized cut below ``chance_cut``, on average of the layers and states in ``clustering``."""
    gains = pc.subtract(clustering["chance_cut"], clustering["normalized_cut"])
    by_number = (
        pa.table({"k": clustering["num_clusters"], "gain": gains})
        .group_by("k")
        .aggregate([("gain", "mean")])
        .sort_by("k")
    )
    numbers, means = (by_number[name].to_numpy() for name in ("k", "gain_mean"))
    place = np.argmax(means >= means.max() - (1 - NEARLY) * abs(means.max()))
    return int(numbers[place]), float(means[place])


class ClusterQueries:
    """All raise ReleaseError where the layer, state, co-clustering or cluster does not exist."""

    def __init__(self, database: Database, layers: LayerQueries) -> None:
        self._database, self._layers = database, layers

    def quality(self) -> pa.Table:
        """Every co-clustering of the release, and its quality."""
        return self._database.rows(CLUSTERING)

    def shown(self) -> dict[str, Any]:
        """The affinity and num_clusters of the sentence glyphs."""
        found = self._database.select("SELECT affinity, num_clusters FROM glyph LIMIT 1")
        return found.to_pylist()[0]  # type: ignore[no-any-return]

    def get(
        self, *, layer: int, state: str, affinity: str, num_clusters: int
    ) -> ReleasedCoClustering:
        """One co-clustering: who belongs where, how strong the links are, and its quality."""
        keys = self._layers.keys(layer, state, affinity=affinity, num_clusters=num_clusters)
        quality = self._database.rows(CLUSTERING, **keys).to_pylist()
        if not quality:
            raise self._unknown(layer, state, affinity, num_clusters)
        words = self._database.rows(WORD_CLUSTER, **keys)
        links = self._database.rows(CLUSTER_LINK, **keys)
        cells = self._database.rows(UNIT_CLUSTER, **keys)
        square = (num_clusters, num_clusters)
        return ReleasedCoClustering(
            chips=Chips(
                num_clusters,
                *(cells[name].to_numpy() for name in ("unit", "direction", "cluster")),
            ),
            word_ids=words["word_id"].to_numpy(),
            word_clusters=words["cluster"].to_numpy(),
            centralities=words["centrality"].to_numpy(),
            strengths=words["strength"].to_numpy(),
            weights=links["weight"].to_numpy().reshape(square),
            positive=links["positive"].to_numpy().reshape(square),
            negative=links["negative"].to_numpy().reshape(square),
            quality=quality[0],
        )

    def ablation(self, *, layer: int, state: str, affinity: str, num_clusters: int) -> pa.Table:
        """What silencing each unit cluster costs: the rows of ``cluster_ablation`` of one
        co-clustering, none where it was not silenced."""
        keys = self._layers.keys(layer, state, affinity=affinity, num_clusters=num_clusters)
        return self._database.rows(CLUSTER_ABLATION, **keys)

    def beyond_chance(self, *, layer: int, state: str, affinity: str) -> tuple[int, float]:
        """The number of clusters of a layer and state that stands out most from chance, and by how
        much its normalized cut is lower."""
        keys = self._layers.keys(layer, state, affinity=affinity)
        return clusters_beyond_chance(self._database.rows(CLUSTERING, **keys))

    def dynamics(self, *, layer: int, state: str, affinity: str, num_clusters: int) -> pa.Table:
        """How the units of each unit cluster move: cluster, cells, half_life (the median, in steps)
        and saturated (the mean fraction of steps; null without a bound), the slowest first."""
        return self._database.select(
            """
            SELECT cluster, count(*)::INTEGER AS cells, median(half_life) AS half_life,
                avg(saturated) AS saturated
            FROM unit_cluster JOIN unit_summary USING (layer, state, unit)
            WHERE layer = $layer AND state = $state AND affinity = $affinity
                AND num_clusters = $num_clusters
            GROUP BY cluster ORDER BY half_life DESC NULLS LAST, cluster
            """,
            self._layers.keys(layer, state, affinity=affinity, num_clusters=num_clusters),
        )

    def _unknown(self, layer: int, state: str, affinity: str, num_clusters: int) -> ReleaseError:
        rows = self._database.rows(CLUSTERING, **self._layers.keys(layer, state))
        affinities, counts = (set(rows[n].to_pylist()) for n in ("affinity", "num_clusters"))
        return ReleaseError(
            f"found affinity {affinity!r} with {num_clusters!r} clusters, expected one of "
            f"{sorted(affinities)} with a number of {sorted(counts)}"
            f"{near_miss(affinity, affinities)}"
        )

    def strongest_moves(self, cluster: int, *, layer: int, state: str, limit: int = 20) -> pa.Table:
        """Where a unit cluster of the glyphs moves most: sentence_id, position, word, change, text.

        ``change`` is the sum of the changes of both signs; the largest in size come first.
        """
        keys = self._layers.keys(layer, state)
        clusters = self._database.select(
            "SELECT max(num_clusters) AS count FROM glyph WHERE layer = $layer AND state = $state",
            keys,
        )["count"][0].as_py()
        if not 0 <= cluster < clusters:
            raise ReleaseError(f"found cluster {cluster}, expected one from 0 to {clusters - 1}")
        return self._database.select(
            """
            SELECT sentence_id, position, word, change, text
            FROM (
                SELECT sentence_id, position,
                    positive_change[$place] + negative_change[$place] AS change
                FROM glyph WHERE layer = $layer AND state = $state
                ORDER BY abs(change) DESC, sentence_id, position LIMIT $limit
            )
            JOIN token USING (sentence_id, position) JOIN vocabulary USING (word_id)
            JOIN sentence USING (sentence_id)
            ORDER BY abs(change) DESC, sentence_id, position
            """,
            keys | {"place": cluster + 1, "limit": limit},
        )
