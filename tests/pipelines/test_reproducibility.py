"""Two runs of the same models in two storages make the same, but for what clocks measure."""

import pytest

from rnnvis_assets.engine.manifest import read_manifest
from tests.pipelines.conftest import STAGE_RUNS
from tests.pipelines.tiny_project import MODELS
from warehouse.parquet_tables import read_table


@pytest.mark.parametrize(("stage", "partition"), STAGE_RUNS.values(), ids=list(STAGE_RUNS))
def test_every_stage_has_the_same_data_version_in_another_storage(
    stage, partition, analysed, repeated
):
    versions = {
        read_manifest(storage, stage.name, partition).data_version
        for storage in (analysed.storage, repeated.context.storage)
    }
    assert len(versions) == 1


@pytest.mark.parametrize("model", list(MODELS))
def test_although_the_times_differ(model, analysed, repeated):
    first, other = (
        read_table(storage.table(model, "training_log"))
        for storage in (analysed.storage, repeated.context.storage)
    )
    assert first["seconds"].to_pylist() != other["seconds"].to_pylist()
    assert first["loss"].to_pylist() == other["loss"].to_pylist()
