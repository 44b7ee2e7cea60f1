"""Assembles all that Dagster knows about the project. Tests build their own, afresh."""

from pathlib import Path

import dagster as dg

from pipelines.orchestration.jobs import (
    build_analyse_model_job,
    build_compare_models_job,
    build_everything_job,
    build_prepare_corpus_job,
)
from pipelines.orchestration.schedules import build_nightly_schedule
from pipelines.orchestration.sensors import build_automation_sensor, build_configuration_sensor
from pipelines.orchestration.stage_registry import ALL_STAGES
from rnnvis_assets.configuration.load_project import load_project
from rnnvis_assets.engine.dagster_asset import StageResource, build_asset
from rnnvis_assets.engine.dagster_partitions import build_configuration_spec


def build_defs(
    configs_folder: Path | None = None, storage_root: Path | None = None
) -> dg.Definitions:
    """Definitions over one folder of configurations and one storage root (None: the usual ones).

    Raises ConfigurationError, naming every fault of every file, where a configuration is wrong.
    """
    project = load_project(configs_folder)
    analyse_model = build_analyse_model_job()
    analysis = dg.Definitions(
        assets=[
            *(build_asset(asset, project) for asset in ALL_STAGES),
            *(build_configuration_spec(asset, project) for asset in ALL_STAGES),
        ],
        jobs=[analyse_model, build_prepare_corpus_job(), build_compare_models_job()],
        schedules=[build_nightly_schedule(project, analyse_model)],
        sensors=[
            build_configuration_sensor(configs_folder),
            build_automation_sensor(project),
        ],
        resources={
            "stages": StageResource(
                configs_folder=str(configs_folder or ""), storage_root=str(storage_root or "")
            )
        },
    )
    return dg.Definitions.merge(analysis, dg.Definitions(jobs=[build_everything_job(analysis)]))
