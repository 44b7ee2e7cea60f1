"""The co-clusters in Dagster."""

from typing import Any

import numpy as np

from rnnvis_assets.co_clusters.shown_clustering import shown_clustering
from rnnvis_assets.configuration.affinity import AFFINITIES
from rnnvis_assets.configuration.project import Project
from rnnvis_assets.engine.manifest import Manifest
from rnnvis_assets.engine.previews import draw_cluster_sizes
from rnnvis_assets.engine.stage import RunContext, Stage, StageOutput, Upstream, open_recorded
from rnnvis_assets.engine.stage_asset import CheckOutcome, StageAsset, schema_checks, stage_check
from warehouse.parquet_tables import read_table, where
from warehouse.schema import CLUSTER_LINK, CLUSTERING, UNIT_CLUSTER, WORD_CLUSTER

LOW_STABILITY = 0.5
TABLES = (UNIT_CLUSTER.name, WORD_CLUSTER.name, CLUSTER_LINK.name, CLUSTERING.name)


def _settings(project: Project, model: str) -> Any:
    settings = project.analysis_of(model).co_clusters.model_dump(mode="json")
    return {**settings, "affinities": list(AFFINITIES)}


def _run(context: RunContext, model: str) -> StageOutput:
    from rnnvis_assets.co_clusters.co_clusters_stage import make_co_clusters

    return make_co_clusters(context, model)


STAGE = Stage(
    name="co_clusters",
    upstream=(Upstream("expected_response"), Upstream("recording")),
    settings=_settings,
    run=_run,
    tables=TABLES,
    libraries=("numpy", "scipy", "scikit-learn"),
)


@stage_check("Each clustering covers every unit.")
def _every_unit_has_a_cluster(context: RunContext, manifest: Manifest) -> CheckOutcome:
    table = read_table(context.storage.table(manifest.partition, "unit_cluster"))
    keys = ["layer", "state", "affinity", "num_clusters"]
    counted = table.group_by(keys).aggregate([("unit", "count_distinct")]).to_pylist()
    found = sorted({(row["layer"], row["unit_count_distinct"]) for row in counted})
    expected = list(enumerate(open_recorded(context, manifest.partition).units))
    return CheckOutcome(
        found == expected, {"units by layer": str(found), "expected": str(expected)}
    )


@stage_check("The default clustering agrees between seeds (adjusted Rand index).", blocking=False)
def _clusters_are_stable(context: RunContext, manifest: Manifest) -> CheckOutcome:
    model = manifest.partition
    shown = shown_clustering(context, model)
    table = read_table(context.storage.table(model, "clustering"))
    lowest = min(table.filter(where(**vars(shown)))["stability"].to_pylist())
    return CheckOutcome(
        lowest >= LOW_STABILITY,
        {"lowest stability": lowest, "limit": LOW_STABILITY, "num_clusters": shown.num_clusters},
    )


def _picture(context: RunContext, model: str) -> bytes:
    shown = shown_clustering(context, model)
    layer, state = open_recorded(context, model).analysed[-1]
    chosen = where(layer=layer, state=state, **vars(shown))
    sizes = [
        np.bincount(
            read_table(context.storage.table(model, name)).filter(chosen)["cluster"].to_numpy(),
            minlength=shown.num_clusters,
        ).tolist()
        for name in ("unit_cluster", "word_cluster")
    ]
    return draw_cluster_sizes(*sizes)


ASSET = StageAsset(
    stage=STAGE,
    description="Units and words clustered together, for every k and affinity, with their quality.",
    kinds=frozenset({"scikitlearn", "parquet"}),
    group="analysis",
    checks=(*schema_checks(*TABLES), _every_unit_has_a_cluster, _clusters_are_stable),
    picture=_picture,
    automated=True,
)
