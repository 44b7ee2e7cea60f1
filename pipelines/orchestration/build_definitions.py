"""All that Dagster knows about the project: its assets, jobs, schedules and sensors."""

import logging
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import dagster as dg

from pipelines.orchestration.pool_waiting import pause_between_claims
from pipelines.orchestration.runs import (
    ANALYSE_MODEL,
    COMPARE_MODELS,
    PREPARE_CORPUS,
    prepare_dataset,
)
from pipelines.orchestration.stage_registry import (
    ALL_STAGES,
    COMPARISON_STAGES,
    DATASET_STAGES,
    MODEL_STAGES,
)
from rnnvis_assets.configuration.load_project import load_project, load_sound_project
from rnnvis_assets.configuration.project import Project
from rnnvis_assets.engine.dagster_asset import build_asset
from rnnvis_assets.engine.dagster_configuration import (
    Prepare,
    build_configuration_asset,
    changed_configuration,
)
from rnnvis_assets.engine.dagster_partitions import partitions_of
from rnnvis_assets.engine.dagster_process import commit_tags
from rnnvis_assets.engine.dagster_resource import StageResource
from rnnvis_assets.engine.stage_asset import PartitionKind, StageAsset
from warehouse.errors import ConfigurationError

Job = Any  # Dagster's unresolved asset job has no public name


_JOBS: Mapping[PartitionKind, tuple[str, tuple[StageAsset, ...], str]] = {
    "dataset": (PREPARE_CORPUS, DATASET_STAGES, "The corpus of one dataset."),
    "model": (
        ANALYSE_MODEL, MODEL_STAGES,
        "One model from training to release; its corpus is made first where missing or stale.",
    ),
    "comparison": (
        COMPARE_MODELS, COMPARISON_STAGES, "One comparison of models that have been analysed.",
    ),
}  # fmt: skip
"""The job over all partitions of a kind: its name, its stages, and what it is."""


def _build_job(
    kind: PartitionKind, project: Project, prepare: Prepare | None = None
) -> tuple[list[dg.AssetsDefinition], Job]:
    """The assets of stages and of their configuration, and the job that runs them; its runs say of
    what they are, and of which commit. ``prepare`` is called first."""
    name, stages, about = _JOBS[kind]
    configuration = build_configuration_asset(kind, stages, project, prepare)
    assets = [configuration, *(build_asset(asset, project) for asset in stages)]
    job = dg.define_asset_job(
        name,
        selection=dg.AssetSelection.assets(*assets),
        description=about,
        tags=commit_tags(),
        config=dg.PartitionedConfig(
            partitions_def=partitions_of(kind, project),
            run_config_for_partition_key_fn=lambda _: {},
            tags_for_partition_key_fn=lambda partition: {kind: partition},
        ),
    )
    return assets, job


def build_nightly_schedule(project: Project, analyse_model: Job) -> dg.ScheduleDefinition:
    """One run a model and night; off unless ``configs/schedules.yaml`` switches it on."""
    nightly = project.schedules.nightly
    models = sorted(nightly.models or project.models)

    @dg.schedule(
        name="nightly",
        description="Analyses every model of configs/schedules.yaml again, each in its own run.",
        job=analyse_model,
        cron_schedule=nightly.cron,
        execution_timezone=nightly.timezone,
        default_status=(
            dg.DefaultScheduleStatus.RUNNING
            if nightly.enabled
            else dg.DefaultScheduleStatus.STOPPED
        ),
    )
    def request_runs(context: dg.ScheduleEvaluationContext) -> Iterator[dg.RunRequest]:
        night = context.scheduled_execution_time.date().isoformat()
        for model in models:
            yield dg.RunRequest(run_key=f"{night}-{model}", partition_key=model)

    return request_runs


HEAVY_MODULES = (
    "dagster._core.storage.event_log.sqlite.sqlite_event_log",
    "dagster._core.storage.local_compute_log_manager",
    "dagster._core.storage.sqlite_storage",
    "pipelines.definitions",
    "matplotlib.figure",
    "rnnvis_assets.ablation.ablation_stage",
    "rnnvis_assets.checkpoint.train_model",
    "rnnvis_assets.co_clusters.co_clusters_stage",
    "rnnvis_assets.corpus.corpus_stage",
    "rnnvis_assets.expected_response.expected_response_stage",
    "rnnvis_assets.findings.comparison_stage",
    "rnnvis_assets.findings.findings_stage",
    "rnnvis_assets.glyphs.glyphs_stage",
    "rnnvis_assets.release.release_stage",
)
"""What Dagster and the stages import when a step runs. The process from which a run's steps are
forked imports it once; a step that did so itself would take longer for it than most stages work."""
FORKED_STEPS = dg.multiprocess_executor.configured(
    {"start_method": {"forkserver": {"preload_modules": list(HEAVY_MODULES)}}}
)


WATCH_INTERVAL_SECONDS = 30


def build_configuration_sensor(configs_folder: Path | None) -> dg.SensorDefinition:
    """Notes changed YAML files, so that Dagster shows exactly what they affect as stale."""

    @dg.sensor(
        name="configuration_watch",
        description="Notes changed configurations; starts no run.",
        minimum_interval_seconds=WATCH_INTERVAL_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    def watch(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        try:
            project = load_project(configs_folder)
        except ConfigurationError as error:
            return dg.SkipReason(str(error))
        changed = changed_configuration(context.instance, ALL_STAGES, project)
        return dg.SensorResult(asset_events=list(changed))

    return watch


def build_automation_sensor(project: Project) -> dg.AutomationConditionSensorDefinition:
    """Re-runs the cheap stages when what they read has changed; off unless switched on."""
    automated = [asset.stage.name for asset in ALL_STAGES if asset.automated]
    enabled = project.schedules.automation.enabled
    return dg.AutomationConditionSensorDefinition(
        "automation",
        target=dg.AssetSelection.assets(*automated),
        description="Re-runs co-clusters, glyphs and release when what they read has changed.",
        minimum_interval_seconds=WATCH_INTERVAL_SECONDS,
        default_status=(
            dg.DefaultSensorStatus.RUNNING if enabled else dg.DefaultSensorStatus.STOPPED
        ),
    )


def build_defs(
    configs_folder: Path | None = None, storage_root: Path | None = None
) -> dg.Definitions:
    """Definitions over one folder of configurations and one storage root (None: the usual ones).

    A configuration that is wrong is left out, with what refers to it; its faults are logged.
    """
    pause_between_claims()
    project, error = load_sound_project(configs_folder)
    if error is not None:
        logging.getLogger(__name__).warning(error)
    resources = {
        "stages": StageResource(
            configs_folder=str(configs_folder or ""), storage_root=str(storage_root or "")
        )
    }
    corpora, prepare_corpus = _build_job("dataset", project)
    datasets = dg.Definitions(assets=corpora, jobs=[prepare_corpus], resources=resources)
    models, analyse_model = _build_job("model", project, partial(prepare_dataset, datasets))
    comparisons, compare_models = _build_job("comparison", project)
    return dg.Definitions(
        assets=[*corpora, *models, *comparisons],
        jobs=[prepare_corpus, analyse_model, compare_models],
        schedules=[build_nightly_schedule(project, analyse_model)],
        sensors=[build_configuration_sensor(configs_folder), build_automation_sensor(project)],
        executor=FORKED_STEPS,
        resources=resources,
    )
