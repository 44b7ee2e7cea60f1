"""What can be launched: one model, one dataset, or everything."""

from typing import Any

import dagster as dg
from pydantic import Field

from pipelines.orchestration.runs import (
    ANALYSE_MODEL,
    COMPARE_MODELS,
    PREPARE_CORPUS,
    materialise_all,
)
from pipelines.orchestration.stage_registry import COMPARISON_STAGES, DATASET_STAGES, MODEL_STAGES
from rnnvis_assets.engine.dagster_asset import StageResource
from rnnvis_assets.engine.stage_asset import StageAsset

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
