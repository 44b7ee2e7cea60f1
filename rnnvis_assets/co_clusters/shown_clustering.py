"""Which of a model's co-clusterings is shown first, and summed up for every sentence."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rnnvis_assets.configuration.affinity import Affinity
from rnnvis_assets.engine.stage import RunContext
from warehouse.errors import AnalysisError
from warehouse.parquet_tables import read_table
from warehouse.schema import CLUSTERING

NEARLY = 0.95
"""Of the largest gain over chance: the curve flattens towards more clusters."""


@dataclass(frozen=True)
class ShownClustering:
    """The affinity and the number of clusters, of every layer and state."""

    affinity: Affinity
    num_clusters: int


def clusters_beyond_chance(clustering: pa.Table) -> int:
    """The fewest clusters with nearly the largest gain over chance: of the normalized cut below
    ``chance_cut``, on average of the layers and states in ``clustering``."""
    gains = pc.subtract(clustering["chance_cut"], clustering["normalized_cut"])
    by_number = (
        pa.table({"k": clustering["num_clusters"], "gain": gains})
        .group_by("k")
        .aggregate([("gain", "mean")])
        .sort_by("k")
    )
    numbers, means = (by_number[name].to_numpy() for name in ("k", "gain_mean"))
    return int(numbers[np.argmax(means >= means.max() - (1 - NEARLY) * abs(means.max()))])


def shown_clustering(context: RunContext, model: str) -> ShownClustering:
    """What the analysis names; without a number of clusters, those that stand out from chance.

    Raises StorageError without the table ``clustering``, AnalysisError without that affinity.
    """
    settings = context.project.analysis_of(model).glyphs
    if settings.num_clusters is not None:
        return ShownClustering(settings.affinity, settings.num_clusters)
    path = context.storage.table(model, CLUSTERING.name)
    rows = read_table(path, filters=pc.field("affinity") == settings.affinity)
    if not rows.num_rows:
        raise AnalysisError(
            f"{path} has no {settings.affinity!r} co-clustering",
            repair=f"rnnvis materialize {model}",
        )
    return ShownClustering(settings.affinity, clusters_beyond_chance(rows))
