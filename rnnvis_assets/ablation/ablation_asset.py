"""What silencing costs, in Dagster."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rnnvis_assets.ablation.ablation_stage import NOT_MEASURED, STAGE
from rnnvis_assets.ablation.ablation_tables import ACTING
from rnnvis_assets.engine.manifest import Manifest
from rnnvis_assets.engine.previews import draw_costs
from rnnvis_assets.engine.stage import RunContext
from rnnvis_assets.engine.stage_asset import CheckOutcome, StageAsset, StageCheck, schema_checks
from warehouse.parquet_tables import read_table
from warehouse.schema import CLUSTER_ABLATION, UNIT_ABLATION, UNIT_CLUSTER

_TABLES = (CLUSTER_ABLATION.name, UNIT_ABLATION.name)


def _clusters(context: RunContext, model: str, name: str) -> set[str]:
    """The clusters that the stage silences, and that a table has."""
    analysis = context.project.analysis_of(model)
    numbers = {analysis.glyphs.num_clusters, *analysis.ablation.num_clusters}
    rows = read_table(context.storage.table(model, name)).to_pylist()
    return {
        f"{row['cluster']} of {row['num_clusters']}, layer {row['layer']}, {row['state']}"
        for row in rows
        if row["affinity"] == analysis.glyphs.affinity and row["num_clusters"] in numbers
    }


def _every_cluster_is_silenced(context: RunContext, manifest: Manifest) -> CheckOutcome:
    silenced, found = (
        _clusters(context, manifest.partition, name)
        for name in (CLUSTER_ABLATION.name, UNIT_CLUSTER.name)
    )
    missing = sorted(found - silenced)
    passed = not missing or NOT_MEASURED in manifest.figures
    return CheckOutcome(passed, {"silenced": len(silenced), "missing": missing})


def _costs_are_finite(context: RunContext, manifest: Manifest) -> CheckOutcome:
    tables = [read_table(context.storage.table(manifest.partition, name)) for name in _TABLES]
    wrong = {
        f"{name}.{column}": np.count_nonzero(~np.isfinite(table[column].to_numpy()))
        for name, table in zip(_TABLES, tables, strict=True)
        for column in table.column_names
        if pa.types.is_floating(table.schema.field(column).type)
    }
    found = {column: count for column, count in wrong.items() if count}
    return CheckOutcome(not found, found or {"columns": len(wrong)})


def _picture(context: RunContext, model: str) -> bytes:
    table = read_table(context.storage.table(model, CLUSTER_ABLATION.name)).filter(ACTING)
    if not table.num_rows:
        return b""
    last = table.slice(table.num_rows - 1).to_pylist()[0]
    keys = ("layer", "state", "num_clusters", "scope", "measure")
    for key in keys:
        table = table.filter(pc.field(key) == last[key])
    columns = ("cluster", "cost", "random_lower", "random_upper")
    title = f"cost of silencing, layer {last['layer']}, {last['state']}, {last['scope']}"
    return draw_costs(title, *(table[name].to_numpy() for name in columns))


ASSET = StageAsset(
    stage=STAGE,
    description="What is lost where a chip or a direction is silenced, next to random sets.",
    kinds=frozenset({"torch", "parquet"}),
    checks=(
        *schema_checks(*_TABLES),
        StageCheck(
            "every_cluster_is_silenced",
            "Each cluster of the co-clusterings asked for has rows, unless there is no network.",
            True,
            _every_cluster_is_silenced,
        ),
        StageCheck(
            "costs_are_finite",
            "No cost, interval or mean of random sets is infinite or not a number.",
            True,
            _costs_are_finite,
        ),
    ),
    picture=_picture,
    automated=True,
)
