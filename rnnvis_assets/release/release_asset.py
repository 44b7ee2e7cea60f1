"""The release in Dagster."""

from rnnvis_assets.engine.manifest import Manifest
from rnnvis_assets.engine.stage import RunContext
from rnnvis_assets.engine.stage_asset import CheckOutcome, StageAsset, StageCheck
from rnnvis_assets.release.release_stage import STAGE
from warehouse.reader import open_release


def _opens_for_a_reader(context: RunContext, manifest: Manifest) -> CheckOutcome:
    with open_release(manifest.partition, storage=context.storage) as release:
        identity = release.release_id
    return CheckOutcome(identity == manifest.figures.get("release"), {"CURRENT names": identity})


ASSET = StageAsset(
    stage=STAGE,
    description="One DuckDB file with every table of the analysis, published by replacing CURRENT.",
    kinds=frozenset({"duckdb"}),
    checks=(
        StageCheck(
            "opens_for_a_reader",
            "A reader that opens the model now gets this release.",
            True,
            _opens_for_a_reader,
        ),
    ),
    pool="release",
    automated=True,
)
