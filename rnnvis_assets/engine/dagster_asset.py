"""From a declared stage to a Dagster asset: the one place where the two meet."""

from collections.abc import Iterator

import dagster as dg

from rnnvis_assets.configuration.project import Project
from rnnvis_assets.engine.dagster_configuration import OWNER, configuration_key
from rnnvis_assets.engine.dagster_metadata import materialisation_metadata
from rnnvis_assets.engine.dagster_partitions import (
    map_datasets_to_models,
    map_models_to_comparisons,
    partitions_of,
)
from rnnvis_assets.engine.dagster_process import correct_commit, is_attended
from rnnvis_assets.engine.dagster_resource import StageResource
from rnnvis_assets.engine.freshness import declared_version
from rnnvis_assets.engine.manifest import Manifest
from rnnvis_assets.engine.run_stage import run_stage
from rnnvis_assets.engine.stage import RunContext, Stage
from rnnvis_assets.engine.stage_asset import StageAsset
from warehouse.error_words import in_words
from warehouse.errors import BusyError, NetworkError, StoreError

TRANSIENT = (BusyError, NetworkError, StoreError)
"""What passes by itself. Nothing else is tried again: it would fail in the same way."""
MAXIMUM_RETRIES = 8
FIRST_WAIT_SECONDS = 5
"""Doubled at each retry: 21 minutes in all."""


def _dependencies(stage: Stage, project: Project) -> Iterator[dg.AssetDep]:
    yield dg.AssetDep(configuration_key(stage))
    mappings = {
        "model": None,
        "dataset": map_datasets_to_models(project),
        "compared": map_models_to_comparisons(project),
    }
    for upstream in stage.upstream:
        yield dg.AssetDep(upstream.stage, partition_mapping=mappings[upstream.of])


def _run_checks(
    asset: StageAsset, run_context: RunContext, manifest: Manifest
) -> Iterator[dg.AssetCheckResult]:
    for check in asset.checks:
        outcome = check.evaluate(run_context, manifest)
        yield dg.AssetCheckResult(
            passed=outcome.passed,
            check_name=check.name,
            severity=dg.AssetCheckSeverity.ERROR if check.blocking else dg.AssetCheckSeverity.WARN,
            metadata=dict(outcome.metadata),
        )


def materialise(
    asset: StageAsset, context: dg.AssetExecutionContext, run_context: RunContext
) -> Manifest:
    """Runs the stage of the step; an error meant for a person becomes a Dagster failure with the
    same text, or a retry where it is ``TRANSIENT`` and no person attends the run."""
    try:
        return run_stage(asset.stage, run_context, context.partition_key)
    except Exception as caught:
        error = in_words(caught)
        if error is None:  # Dagster keeps its traceback
            raise
        wait = FIRST_WAIT_SECONDS * 2**context.retry_number
        attended = is_attended(context.run.run_id, context.run.tags)
        if isinstance(error, TRANSIENT) and not attended and context.retry_number < MAXIMUM_RETRIES:
            run_context.report(f"{error.message}: trying again in {wait} s")
            raise dg.RetryRequested(MAXIMUM_RETRIES, wait) from error
        raise dg.Failure(description=str(error), allow_retries=False) from error


def build_asset(asset: StageAsset, project: Project) -> dg.AssetsDefinition:
    """The partitioned Dagster asset of one stage."""
    stage = asset.stage

    @dg.asset(
        name=stage.name,
        description=asset.description,
        group_name=asset.group,
        kinds=set(asset.kinds),
        owners=[OWNER],
        partitions_def=partitions_of(asset.partitioned_by, project),
        deps=list(_dependencies(stage, project)),
        code_version=declared_version(stage),
        pool=asset.pool,
        automation_condition=dg.AutomationCondition.eager() if asset.automated else None,
        check_specs=[
            dg.AssetCheckSpec(
                name=check.name,
                asset=stage.name,
                description=check.description,
                blocking=check.blocking,
            )
            for check in asset.checks
        ],
    )
    def stage_asset(
        context: dg.AssetExecutionContext, stages: StageResource
    ) -> dg.MaterializeResult:  # type: ignore[type-arg]  # Dagster reads the bare class
        correct_commit(context.run, context.instance)
        run_context = stages.open_context(context.log.info, context.run.run_id)
        manifest = materialise(asset, context, run_context)
        return dg.MaterializeResult(
            data_version=dg.DataVersion(manifest.data_version),
            metadata=materialisation_metadata(asset, run_context, manifest),
            check_results=list(_run_checks(asset, run_context, manifest)),
        )

    return stage_asset
