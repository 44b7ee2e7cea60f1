"""Which clusters do what they are named for, by the rows of ``cluster_ablation``."""

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from rnnvis_assets.engine.stage import Figure
from warehouse.schema import CLUSTER_ABLATION

NOT_MEASURED = "not measured"
"""The figure that says why a model has no rows."""

_CLUSTER = ("layer", "state", "num_clusters", "cluster")


def acting_rows(table: pa.Table) -> pa.Table:
    """The rows that say whether a cluster acts as it is named: after its own words, or of a
    classifier in the log odds of some class."""
    return table.filter((pc.field("scope") == "own_words") | (pc.field("measure") == "log_odds"))


def count_beyond_random(rows: Sequence[Mapping[str, Any]]) -> dict[str, Figure]:
    """How many clusters cost more than every random set where they should (``acting_rows``)."""
    acting = acting_rows(pa.Table.from_pylist([*rows], CLUSTER_ABLATION.arrow_schema(None)))
    clusters = acting.group_by(list(_CLUSTER)).aggregate([("rank", "min"), ("matched_rank", "min")])
    return {
        f"clusters beyond all {name}": f"{pc.sum(pc.equal(ranks, 1)).as_py() or 0} of {len(ranks)}"
        for name, ranks in (
            ("random sets", clusters["rank_min"]),
            ("matched sets", clusters["matched_rank_min"]),
        )
    }
