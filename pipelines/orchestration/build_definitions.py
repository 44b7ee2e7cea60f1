"""All that Dagster knows about the project: its assets, jobs, schedules and sensors."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
from pydantic import Field

from pipelines.orchestration.runs import (
    ANALYSE_MODEL,
    COMPARE_MODELS,
    PREPARE_CORPUS,
    materialise_all,
)
from pipelines.orchestration.stage_registry import (
    ALL_STAGES,
    COMPARISON_STAGES,
    DATASET_STAGES,
    MODEL_STAGES,
)
from rnnvis_assets.configuration.load_project import load_project
from rnnvis_assets.configuration.project import Project
from rnnvis_assets.engine.dagster_asset import (
    StageResource,
    build_asset,
    build_configuration_spec,
    observe_configuration,
)
from rnnvis_assets.engine.stage_asset import StageAsset
from warehouse.errors import ConfigurationError

Job = Any  # Dagster's unresolved asset job has no public name


def _job(name: str, stages: tuple[StageAsset, ...], description: str) -> Job:
    selection = dg.AssetSelection.assets(*(asset.stage.name for asset in stages))
    return dg.define_asset_job(name, selection=selection, description=description)


def build_analyse_model_job() -> Job:
    """All stages of one model, from its checkpoint to its release."""
    return _job(
        ANALYSE_MODEL,
        MODEL_STAGES,
        "One model from training to release; its corpus is made first where missing or stale.",
    )


def build_prepare_corpus_job() -> Job:
    """The corpus of one dataset."""
    return _job(PREPARE_CORPUS, DATASET_STAGES, "The corpus of one dataset.")


def build_compare_models_job() -> Job:
    """One comparison of models that have been analysed."""
    return _job(COMPARE_MODELS, COMPARISON_STAGES, "One comparison of analysed models.")


class EverythingConfig(dg.Config):
    """What ``everything`` is run for."""

    models: list[str] = Field(default=[], description="names of models; empty: every model")


def build_everything_job(analysis: dg.Definitions) -> dg.JobDefinition:
    """Every model in turn, each in a run of its own; a failed one never stops the others."""

    @dg.op(description="Runs what is missing or stale of every model, each in a run of its own.")
    def analyse_every_model(
        context: dg.OpExecutionContext, config: EverythingConfig, stages: StageResource
    ) -> None:
        run_context = stages.open_context(context.log.info, context.run_id)
        models = config.models or sorted(run_context.project.models)
        reports = materialise_all(models, analysis, context.instance, run_context)
        failed = [report for report in reports if report.error]
        if failed:
            lines = [f"{report.name}: {report.error}" for report in failed]
            raise dg.Failure(
                description=f"{len(failed)} of {len(reports)} failed\n" + "\n".join(lines),
                allow_retries=False,
            )

    @dg.job(description="Every model: whatever of it is missing or stale.")
    def everything() -> None:
        analyse_every_model()

    return everything


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


WATCH_INTERVAL_SECONDS = 60


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
        known = json.loads(context.cursor or "{}")
        events = {
            f"{event.asset_key.to_user_string()} {event.partition}": event
            for asset in ALL_STAGES
            for event in observe_configuration(asset, project)
        }
        versions = {name: dict(event.tags or {}) for name, event in events.items()}
        changed = [event for name, event in events.items() if known.get(name) != versions[name]]
        return dg.SensorResult(asset_events=changed, cursor=json.dumps(versions))

    return watch


def build_automation_sensor(project: Project) -> dg.AutomationConditionSensorDefinition:
    """Re-runs the cheap stages when what they read has changed; off unless switched on."""
    automated = [asset.stage.name for asset in ALL_STAGES if asset.automated]
    enabled = project.schedules.automation.enabled
    return dg.AutomationConditionSensorDefinition(
        "automation",
        target=dg.AssetSelection.assets(*automated),
        description="Re-runs co-clusters, glyphs and release when what they read has changed.",
        default_status=(
            dg.DefaultSensorStatus.RUNNING if enabled else dg.DefaultSensorStatus.STOPPED
        ),
    )


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
