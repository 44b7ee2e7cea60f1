"""The stage ``co_clusters``: from expected responses to co-clusterings, for every layer, state,
affinity and number of clusters."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from rnnvis_assets.co_clusters.baselines import Baseline, baselines
from rnnvis_assets.co_clusters.cluster_blocks import reliabilities
from rnnvis_assets.co_clusters.co_cluster_tables import (
    TABLES,
    Columns,
    StateResponses,
    co_cluster_columns,
)
from rnnvis_assets.co_clusters.co_clustering import CoClustering, co_cluster
from rnnvis_assets.co_clusters.fitting_clusters import fit_clusters
from rnnvis_assets.configuration.affinity import AFFINITIES
from rnnvis_assets.configuration.analysis_config import CoClusterSettings
from rnnvis_assets.engine.stage import Figure, RunContext, StageOutput
from warehouse.arrays import BoolArray, Int32Array, Int64Array
from warehouse.parquet_tables import open_table_writer, read_table
from warehouse.schema import EXPECTED_RESPONSE, MEMORY_HEAD
from warehouse.stored_responses import open_responses


@dataclass(frozen=True)
class UnitHeads:
    """Of every unit of a layer with a matrix memory its head, int32[units], and whether that is a
    sink, bool[units]."""

    heads: Int32Array
    sinks: BoolArray


def frequent_words(
    word_ids: Int32Array, counts: Int64Array, settings: CoClusterSettings
) -> Int64Array:
    """Rows of the words to cluster, the most frequent first; of equals, the lower word id.

    At most ``settings.num_words`` (None: all) of those that occur ``settings.minimum_count`` times.
    """
    rows = np.flatnonzero(counts >= settings.minimum_count)
    order = np.lexsort((word_ids[rows], -counts[rows]))
    return rows[order[: settings.num_words]]


def _heads_of_units(path: Path) -> Mapping[int, UnitHeads]:
    """The heads of the units of every layer that has some."""
    if not path.exists():
        return {}
    rows = read_table(path, ["layer", "head", "num_units", "sink"]).sort_by(
        [("layer", "ascending"), ("head", "ascending")]
    )
    layers, heads, sizes, sinks = (column.to_numpy(zero_copy_only=False) for column in rows.columns)
    return {
        int(layer): UnitHeads(
            *(np.repeat(each, sizes * (layers == layer)) for each in (heads, sinks))
        )
        for layer in np.unique(layers)
    }


def _select(
    path: Path, layer: int, state: str, settings: CoClusterSettings, own: UnitHeads | None
) -> StateResponses:
    stored = open_responses(path, layer, state)
    frequent = frequent_words(stored.word_ids, stored.counts, settings)
    units = np.arange(stored.mean.units, dtype=np.int32)
    if own is not None and not settings.sinks:
        units = units[~own.sinks]
    return StateResponses(
        layer,
        state,
        stored.word_ids[frequent],
        replace(stored.mean, rows=stored.mean.rows[frequent]),
        reliabilities(stored.counts[frequent]),
        units,
        # Where every unit is a head of its own there is nothing to compare clusters with.
        None if own is None or own.heads[-1] == len(own.heads) - 1 else own.heads[units],
    )


def _select_responses(context: RunContext, model: str) -> list[StateResponses]:
    """The responses of every layer and state."""
    settings = context.project.analysis_of(model).co_clusters
    path = context.storage.table(model, EXPECTED_RESPONSE.name)
    keys = read_table(path, ["layer", "state"])
    groups = keys.group_by(["layer", "state"], use_threads=False).aggregate([]).to_pylist()
    heads = _heads_of_units(context.storage.table(model, MEMORY_HEAD.name))
    return [
        _select(path, layer, state, settings, heads.get(layer))
        for layer, state in (group.values() for group in groups)
    ]


def _figures(clusterings: Sequence[CoClustering]) -> dict[str, Figure]:
    """Mean stability of each affinity, and how many co-clusterings have a cluster without words."""
    figures: dict[str, Figure] = {"co_clusterings": len(clusterings)}
    for affinity in AFFINITIES:
        chosen = [clustering for clustering in clusterings if clustering.affinity == affinity]
        mean = float(np.mean([clustering.quality.stability for clustering in chosen]))
        figures[f"mean_stability_{affinity}"] = round(mean, 4)
        figures[f"with_empty_word_clusters_{affinity}"] = sum(
            clustering.empty_word_clusters > 0 for clustering in chosen
        )
    return figures


def _co_cluster(
    responses: StateResponses, clusters: range, seeds: int
) -> tuple[list[CoClustering], Mapping[str, Columns]]:
    """The co-clusterings by every affinity, and the rows of the four tables."""
    clusterings, compared = list[CoClustering](), list[Baseline]()
    values = responses.values[np.arange(len(responses.values))][:, responses.units]
    for affinity in AFFINITIES:
        clusterings += co_cluster(values, affinity, clusters=clusters, seeds=seeds)
        compared += baselines(values, affinity, clusters=clusters)
    return clusterings, co_cluster_columns(responses, clusterings, compared)


def make_co_clusters(context: RunContext, model: str) -> StageOutput:
    """The stage ``co_clusters``: reads the expected responses, writes four tables."""
    settings = context.project.analysis_of(model).co_clusters
    paths = {table.name: context.storage.table(model, table.name) for table in TABLES}
    selected, written = _select_responses(context, model), []
    words = min(len(responses.word_ids) for responses in selected)
    units = min(len(responses.units) for responses in selected)
    fitted = fit_clusters(settings, model, words=words, units=units)
    if fitted.note:
        context.report(fitted.note)
    clusters = fitted.numbers
    with ExitStack() as stack:
        writers = {
            table.name: stack.enter_context(open_table_writer(paths[table.name], table))
            for table in TABLES
        }
        for responses in selected:
            context.report(
                f"co-clusters: layer {responses.layer}, {responses.state}, "
                f"{len(responses.word_ids):,} words and {len(responses.units):,} units, "
                f"k = {clusters[0]} to {clusters[-1]}"
            )
            clusterings, columns = _co_cluster(responses, clusters, settings.seeds)
            for name, writer in writers.items():
                writer.write(columns[name])
            written += clusterings
    return StageOutput(
        files=tuple(paths.values()),
        row_counts={name: writer.num_rows for name, writer in writers.items()},
        figures={"words": len(selected[0].word_ids), **_figures(written)},
    )
