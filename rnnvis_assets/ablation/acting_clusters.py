"""Which clusters do what they are named for, by the rows of ``cluster_ablation``."""

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from rnnvis_assets.engine.stage import Figure
from warehouse.parquet_tables import where
from warehouse.schema import CLUSTER_ABLATION

NOT_MEASURED = "not measured"
"""The figure that says why a model has no rows."""

_STATE = ("layer", "state", "num_clusters")


def acting_rows(table: pa.Table) -> pa.Table:
    """The rows that say whether a cluster acts as it is named: after its own words, or of a
    classifier in the log odds of some class."""
    return table.filter(where(scope="own_words") | where(measure="log_odds"))


def count_beyond_random(rows: Sequence[Mapping[str, Any]]) -> dict[str, Figure]:
    """How many clusters of each co-clustering cost more than every random set where they should
    (``acting_rows``)."""
    acting = acting_rows(pa.Table.from_pylist([*rows], CLUSTER_ABLATION.arrow_schema(None)))
    clusters = acting.group_by([*_STATE, "cluster"], use_threads=False).aggregate(
        [("rank", "min"), ("matched_rank", "min")]
    )
    figures: dict[str, Figure] = {}
    for state in clusters.group_by([*_STATE], use_threads=False).aggregate([]).to_pylist():
        of_state = [row for row in clusters.to_pylist() if state.items() <= row.items()]
        beyond, matched = (
            sum(row[f"{rank}_min"] == 1 for row in of_state) for rank in ("rank", "matched_rank")
        )
        name = f"layer {state['layer']}, {state['state']}, {state['num_clusters']} clusters"
        figures[f"{name}: beyond all random sets"] = f"{beyond} of {len(of_state)}"
        figures[f"{name}: beyond all matched sets"] = f"{matched} of {len(of_state)}"
    return figures
