"""Which of a model's co-clusterings is shown first, and summed up for every sentence."""

from dataclasses import dataclass

import pyarrow.compute as pc

from rnnvis_assets.configuration.affinity import Affinity
from rnnvis_assets.engine.stage import RunContext
from warehouse.cluster_queries import clusters_beyond_chance
from warehouse.errors import AnalysisError
from warehouse.parquet_tables import read_table, where
from warehouse.schema import CLUSTERING


@dataclass(frozen=True)
class ShownClustering:
    """The affinity and the number of clusters, of every layer and state."""

    affinity: Affinity
    num_clusters: int


def shown_clustering(context: RunContext, model: str) -> ShownClustering:
    """What the analysis names, or the most clusters that there are where these are fewer; without
    a number of clusters, those that stand out from chance.

    Raises StorageError without the table ``clustering``, AnalysisError without that affinity.
    """
    settings = context.project.analysis_of(model).glyphs
    path = context.storage.table(model, CLUSTERING.name)
    rows = read_table(path, filters=where(affinity=settings.affinity))
    if not rows.num_rows:
        raise AnalysisError(
            f"{path} has no {settings.affinity!r} co-clustering",
            repair=f"rnnvis materialize {model}",
        )
    if settings.num_clusters is None:
        return ShownClustering(settings.affinity, clusters_beyond_chance(rows)[0])
    most = pc.max(rows["num_clusters"]).as_py()
    return ShownClustering(settings.affinity, min(settings.num_clusters, most))


def silenced_clusterings(context: RunContext, model: str) -> tuple[int, ...]:
    """The numbers of clusters that are silenced: those shown first, then what the analysis names
    beyond them, as far as they exist."""
    shown = shown_clustering(context, model)
    further = context.project.analysis_of(model).ablation.num_clusters
    table = read_table(context.storage.table(model, CLUSTERING.name), ["num_clusters"])
    there = set(table["num_clusters"].to_pylist())
    return tuple(dict.fromkeys((shown.num_clusters, *(k for k in further if k in there))))
