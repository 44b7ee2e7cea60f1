"""From a declared stage to a Dagster asset and its partitions: the one place where the two meet."""

import base64
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import dagster as dg

from rnnvis_assets.configuration.load_project import load_project
from rnnvis_assets.configuration.project import Project
from rnnvis_assets.engine.freshness import declared_version, freshness, settings_digest
from rnnvis_assets.engine.manifest import Manifest
from rnnvis_assets.engine.run_stage import run_stage
from rnnvis_assets.engine.stage import RunContext, Stage
from rnnvis_assets.engine.stage_asset import StageAsset
from warehouse.columns import Table
from warehouse.errors import RnnvisError
from warehouse.schema import TABLES
from warehouse.storage import Storage

DATA_VERSION_TAG = "dagster/data_version"
"""Dagster's own tag: an event that carries it sets the asset's data version."""


def partitions_of(asset: StageAsset, project: Project) -> dg.StaticPartitionsDefinition:
    """One partition a dataset, a model or a comparison, whichever the stage works on."""
    names: Mapping[str, Collection[str]] = {
        "dataset": project.datasets, "model": project.models, "comparison": project.comparisons,
    }  # fmt: skip
    return dg.StaticPartitionsDefinition(sorted(names[asset.partitioned_by]))


def map_datasets_to_models(project: Project) -> dg.StaticPartitionMapping:
    """Which models read which dataset."""
    readers: dict[str, set[str]] = {name: set() for name in project.datasets}
    for name, model in project.models.items():
        if model.dataset is not None:
            readers[model.dataset].add(name)
    return dg.StaticPartitionMapping({name: models for name, models in readers.items() if models})


def map_models_to_comparisons(project: Project) -> dg.StaticPartitionMapping:
    """Which comparisons compare which model."""
    compared: dict[str, set[str]] = {name: set() for name in project.models}
    for name, comparison in project.comparisons.items():
        for model in comparison.models.values():
            compared[model].add(name)
    return dg.StaticPartitionMapping({name: found for name, found in compared.items() if found})


def configuration_key(stage: Stage) -> dg.AssetKey:
    """The asset that stands for the part of the configuration a stage depends on."""
    return dg.AssetKey(["configuration", stage.name])


def build_configuration_spec(asset: StageAsset, project: Project) -> dg.AssetSpec:
    """An observed asset whose data version is the hash of the settings that the stage reads.

    A changed YAML file so marks as stale exactly the stages that depend on what changed.
    """
    return dg.AssetSpec(
        key=configuration_key(asset.stage),
        description=f"What configs/ says that the stage {asset.stage.name} depends on.",
        group_name="configuration",
        kinds={"yaml"},
        partitions_def=partitions_of(asset, project),
    )


def observe_configuration(asset: StageAsset, project: Project) -> Iterator[dg.AssetMaterialization]:
    """The present data version of a stage's settings, for every model or dataset."""
    for name in partitions_of(asset, project).get_partition_keys():
        yield dg.AssetMaterialization(
            asset_key=configuration_key(asset.stage),
            partition=name,
            tags={DATA_VERSION_TAG: settings_digest(asset.stage, project, name)},
        )


MAXIMUM_PICTURE_BYTES = 50_000


class StageResource(dg.ConfigurableResource[Any]):
    """Where stages find the configurations and the storage; empty text means the default place."""

    configs_folder: str = ""
    storage_root: str = ""

    def open_context(self, log: Callable[[str], None], run_id: str) -> RunContext:
        """The context of one step; progress goes to ``log`` and to the step's stdout."""

        def report(line: str) -> None:
            print(line, flush=True)  # noqa: T201 - Dagster keeps a step's stdout, a terminal shows it
            log(line)

        folder = Path(self.configs_folder) if self.configs_folder else None
        root = Path(self.storage_root) if self.storage_root else None
        storage = Storage(root) if root else Storage.from_environment()
        run = f"the Dagster run {run_id}"
        return RunContext(load_project(folder), storage, report, run, run_id)


def _dependencies(stage: Stage, project: Project) -> Iterator[dg.AssetDep]:
    yield dg.AssetDep(configuration_key(stage))
    mappings = {
        "model": None,
        "dataset": map_datasets_to_models(project),
        "compared": map_models_to_comparisons(project),
    }
    for upstream in stage.upstream:
        yield dg.AssetDep(upstream.stage, partition_mapping=mappings[upstream.of])


def table_schema(table: Table) -> dg.TableSchema:
    """A table of the release as Dagster shows it."""
    columns = [
        dg.TableColumn(column.name, column.type, column.description) for column in table.columns
    ]
    return dg.TableSchema(columns=columns)


def _picture_metadata(asset: StageAsset, run_context: RunContext, partition: str) -> dict[str, Any]:
    if asset.picture is None:
        return {}
    picture = asset.picture(run_context, partition)
    if not picture:
        return {}
    if len(picture) > MAXIMUM_PICTURE_BYTES:
        run_context.report(f"picture left out: {len(picture)} bytes, limit {MAXIMUM_PICTURE_BYTES}")
        return {}
    encoded = base64.b64encode(picture).decode()
    return {"picture": dg.MetadataValue.md(f"![picture](data:image/png;base64,{encoded})")}


def _preview_metadata(asset: StageAsset, run_context: RunContext, partition: str) -> dict[str, Any]:
    if asset.preview is None:
        return {}
    return {"preview": dg.MetadataValue.md(asset.preview(run_context, partition))}


def _metadata(asset: StageAsset, run_context: RunContext, manifest: Manifest) -> dict[str, Any]:
    rows = {f"rows of {table}": count for table, count in manifest.row_counts.items()}
    schemas = {f"columns of {name}": table_schema(TABLES[name]) for name in asset.stage.tables}
    figures = {name: value for name, value in manifest.figures.items() if value is not None}
    return {
        **figures,
        **rows,
        **schemas,
        **_picture_metadata(asset, run_context, manifest.partition),
        **_preview_metadata(asset, run_context, manifest.partition),
        "dagster/partition_row_count": max(manifest.row_counts.values(), default=0),
        "seconds": manifest.seconds,
        "peak memory (MiB)": manifest.peak_memory_mib,
        "bytes on disk": sum(manifest.files.values()),
    }


def _run_checks(
    asset: StageAsset, run_context: RunContext, manifest: Manifest
) -> list[dg.AssetCheckResult]:
    results = []
    for check in asset.checks:
        outcome = check.evaluate(run_context, manifest)
        severity = dg.AssetCheckSeverity.ERROR if check.blocking else dg.AssetCheckSeverity.WARN
        results.append(
            dg.AssetCheckResult(
                passed=outcome.passed,
                check_name=check.name,
                severity=severity,
                metadata=dict(outcome.metadata),
            )
        )
    return results


def materialise(asset: StageAsset, run_context: RunContext, partition: str) -> Manifest:
    """Runs the stage; an error meant for a person becomes a Dagster failure with the same text."""
    try:
        return run_stage(asset.stage, run_context, partition)
    except RnnvisError as error:
        raise dg.Failure(description=str(error), allow_retries=False) from error


def _prepare_dataset(
    asset: StageAsset, context: dg.AssetExecutionContext, run_context: RunContext
) -> None:
    dataset = run_context.project.models[context.partition_key].dataset
    if dataset is None:
        return
    state = freshness(asset.stage, run_context, dataset)
    if state.state == "fresh":
        return
    run_context.report(f"{asset.stage.name} of {dataset} is {state.state}: {state.reason}")
    manifest = materialise(asset, run_context, dataset)
    context.log_event(
        dg.AssetMaterialization(
            asset_key=asset.stage.name,
            partition=dataset,
            metadata=_metadata(asset, run_context, manifest),
            tags={DATA_VERSION_TAG: manifest.data_version},
        )
    )


def build_asset(asset: StageAsset, project: Project) -> dg.AssetsDefinition:
    """The partitioned Dagster asset of one stage."""
    stage = asset.stage

    @dg.asset(
        name=stage.name,
        description=asset.description,
        group_name="analysis",
        kinds=set(asset.kinds),
        partitions_def=partitions_of(asset, project),
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
        run_context = stages.open_context(context.log.info, context.run_id)
        if asset.prepares:
            _prepare_dataset(asset.prepares, context, run_context)
        manifest = materialise(asset, run_context, context.partition_key)
        return dg.MaterializeResult(
            data_version=dg.DataVersion(manifest.data_version),
            metadata=_metadata(asset, run_context, manifest),
            check_results=_run_checks(asset, run_context, manifest),
        )

    return stage_asset
