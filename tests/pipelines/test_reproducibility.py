"""Two runs of the same models in two storages make the same, but for what clocks measure."""

import pytest

from pipelines.orchestration.stage_registry import DATASET_STAGES, MODEL_STAGES
from rnnvis_assets.engine.manifest import read_manifest
from rnnvis_assets.engine.run_stage import run_stage
from tests.pipelines.tiny_project import DATASETS, MODELS
from warehouse.parquet_tables import read_table
from warehouse.storage import Storage

RUNS = [(asset.stage, name) for asset in DATASET_STAGES for name in DATASETS]
RUNS += [(asset.stage, name) for name in MODELS for asset in MODEL_STAGES]


@pytest.fixture(scope="module")
def second(analysed, tmp_path_factory) -> Storage:
    """A second storage in which the same models were analysed."""
    storage = Storage(tmp_path_factory.mktemp("second") / "storage")
    context = analysed.context_in(storage)
    for stage, partition in RUNS:
        run_stage(stage, context, partition)
    return storage


@pytest.mark.parametrize(("stage", "partition"), RUNS, ids=lambda part: getattr(part, "name", part))
def test_every_stage_has_the_same_data_version_in_another_storage(
    stage, partition, analysed, second
):
    versions = {
        read_manifest(storage, stage.name, partition).data_version
        for storage in (analysed.storage, second)
    }
    assert len(versions) == 1


@pytest.mark.parametrize("model", list(MODELS))
def test_although_the_times_differ(model, analysed, second):
    first, other = (
        read_table(storage.table(model, "training_log")) for storage in (analysed.storage, second)
    )
    assert first["seconds"].to_pylist() != other["seconds"].to_pylist()
    assert first["loss"].to_pylist() == other["loss"].to_pylist()
