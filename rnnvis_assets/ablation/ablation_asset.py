"""What silencing costs, in Dagster."""

from typing import Any

import numpy as np
import pyarrow as pa

from rnnvis_assets.ablation.acting_clusters import NOT_MEASURED, acting_rows
from rnnvis_assets.co_clusters.shown_clustering import shown_clustering, silenced_clusterings
from rnnvis_assets.configuration.project import Project
from rnnvis_assets.engine.manifest import Manifest
from rnnvis_assets.engine.previews import draw_costs
from rnnvis_assets.engine.stage import RunContext, Stage, StageOutput, Upstream
from rnnvis_assets.engine.stage_asset import CheckOutcome, StageAsset, schema_checks, stage_check
from rnnvis_assets.model_kinds.model_kinds import reads_model
from warehouse.parquet_tables import read_table, where
from warehouse.schema import CLUSTER_ABLATION, UNIT_ABLATION, UNIT_CLUSTER

TABLES = (CLUSTER_ABLATION.name, UNIT_ABLATION.name)


def _settings(project: Project, model: str) -> Any:
    analysis = project.analysis_of(model)
    parts = analysis.recording, analysis.glyphs, analysis.ablation
    return [*(part.model_dump(mode="json") for part in parts), list(analysis.states)]


def _run(context: RunContext, model: str) -> StageOutput:
    from rnnvis_assets.ablation.ablation_stage import silence_model

    return silence_model(context, model)


STAGE = Stage(
    name="ablation",
    upstream=(
        Upstream("corpus", of="dataset"),
        Upstream("checkpoint"),
        Upstream("recording"),
        Upstream("expected_response"),
        Upstream("co_clusters"),
    ),
    settings=_settings,
    run=_run,
    tables=TABLES,
    libraries=("numpy", "scipy", "torch"),
    code=reads_model(_run),
)


def _clusters(context: RunContext, model: str, name: str) -> set[str]:
    """The clusters that the stage silences, and that a table has."""
    shown = shown_clustering(context, model)
    numbers = silenced_clusterings(context, model)
    rows = read_table(context.storage.table(model, name)).to_pylist()
    return {
        f"{row['cluster']} of {row['num_clusters']}, layer {row['layer']}, {row['state']}"
        for row in rows
        if row["affinity"] == shown.affinity and row["num_clusters"] in numbers
    }


@stage_check("Each cluster of the co-clusterings asked for has rows, unless there is no network.")
def _every_cluster_is_silenced(context: RunContext, manifest: Manifest) -> CheckOutcome:
    silenced, found = (
        _clusters(context, manifest.partition, name)
        for name in (CLUSTER_ABLATION.name, UNIT_CLUSTER.name)
    )
    missing = sorted(found - silenced)
    passed = not missing or NOT_MEASURED in manifest.figures
    return CheckOutcome(passed, {"silenced": len(silenced), "missing": missing})


@stage_check("No cost, interval or mean of random sets is infinite or not a number.")
def _costs_are_finite(context: RunContext, manifest: Manifest) -> CheckOutcome:
    tables = [read_table(context.storage.table(manifest.partition, name)) for name in TABLES]
    wrong = {
        f"{name}.{column}": np.count_nonzero(~np.isfinite(table[column].to_numpy()))
        for name, table in zip(TABLES, tables, strict=True)
        for column in table.column_names
        if pa.types.is_floating(table.schema.field(column).type)
    }
    found = {column: count for column, count in wrong.items() if count}
    return CheckOutcome(not found, found or {"columns": len(wrong)})


def _picture(context: RunContext, model: str) -> bytes:
    table = acting_rows(read_table(context.storage.table(model, CLUSTER_ABLATION.name)))
    if not table.num_rows:
        return b""
    last = table.slice(table.num_rows - 1).to_pylist()[0]
    keys = ("layer", "state", "num_clusters", "scope", "measure")
    table = table.filter(where(**{key: last[key] for key in keys}))
    columns = ("cluster", "cost", "random_lower", "random_upper")
    title = f"cost of silencing, layer {last['layer']}, {last['state']}, {last['scope']}"
    return draw_costs(title, *(table[name].to_numpy() for name in columns))


ASSET = StageAsset(
    stage=STAGE,
    group="analysis",
    description="What is lost where a chip or a direction is silenced, next to random sets.",
    kinds=frozenset({"torch", "parquet"}),
    checks=(*schema_checks(*TABLES), _every_cluster_is_silenced, _costs_are_finite),
    picture=_picture,
    automated=True,
)
