"""The release in Dagster."""

from urllib.parse import quote

from rnnvis_assets.configuration.project import Project
from rnnvis_assets.engine.manifest import Manifest
from rnnvis_assets.engine.stage import RunContext, Stage, StageOutput, Upstream
from rnnvis_assets.engine.stage_asset import CheckOutcome, StageAsset, stage_check
from rnnvis_assets.model_kinds.model_kinds import reads_model
from warehouse.reader import open_release
from warehouse.schema import TABLES


def _run(context: RunContext, model: str) -> StageOutput:
    from rnnvis_assets.release.release_stage import make_release

    return make_release(context, model, STAGE.sources(context.project, model))


STAGE = Stage(
    name="release",
    upstream=(
        Upstream("corpus", of="dataset"),
        Upstream("checkpoint"),
        Upstream("recording"),
        Upstream("expected_response"),
        Upstream("co_clusters"),
        Upstream("ablation"),
        Upstream("glyphs"),
        Upstream("findings"),
    ),
    settings=Project.settings_of,
    run=_run,
    tables=tuple(TABLES),
    libraries=("duckdb", "numpy"),
    code=reads_model(_run),
)


@stage_check("A reader that opens the model now gets this release.")
def _opens_for_a_reader(context: RunContext, manifest: Manifest) -> CheckOutcome:
    with open_release(manifest.partition, storage=context.storage) as release:
        identity = release.release_id
    return CheckOutcome(identity == manifest.figures.get("release"), {"CURRENT names": identity})


def _viewer(model: str) -> str:
    """Where ``rnnvis view`` shows the model, started on this machine with its usual port."""
    return f"http://127.0.0.1:5006/?model={quote(model)}"


ASSET = StageAsset(
    stage=STAGE,
    description="One DuckDB file with every table of the analysis, published by replacing CURRENT.",
    kinds=frozenset({"duckdb"}),
    group="release",
    checks=(_opens_for_a_reader,),
    link=_viewer,
    pool="release",
    automated=True,
)
