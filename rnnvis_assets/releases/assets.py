"""The release in Dagster."""

from rnnvis_assets.releases.stage import STAGE
from rnnvis_assets.stage_assets import CheckOutcome, StageAsset, StageCheck
from rnnvis_assets.stages import Manifest, Workplace
from warehouse.reader import open_release
from warehouse.schema import TABLES


def _opens_for_a_reader(workplace: Workplace, manifest: Manifest) -> CheckOutcome:
    with open_release(manifest.partition, storage=workplace.storage) as release:
        identity = release.release_id
    return CheckOutcome(identity == manifest.figures.get("release"), {"CURRENT names": identity})


ASSET = StageAsset(
    stage=STAGE,
    description="One DuckDB file with every table of the analysis, published by replacing CURRENT.",
    kinds=frozenset({"duckdb"}),
    tables=tuple(TABLES),
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
