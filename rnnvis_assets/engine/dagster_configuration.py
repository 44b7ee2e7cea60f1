"""The configuration as Dagster's assets: what ``configs/`` says that a stage depends on.

Whether a stage is fresh is answered twice, from two records of the same facts:

- the **manifests** (``manifest.py``) answer the command line, also over a storage root that came
  from another machine. ``freshness.py`` compares them with what a run would read now;
- **Dagster's events** answer Dagster's pages and its automation. An event carries the code version
  of its asset and the data versions that it read, which Dagster compares with the latest ones.

They agree because each part of a manifest's fingerprint has a counterpart: the versions of code,
tables and libraries are the asset's code version (``declared_version``), an input's data version is
that of the upstream asset, and the settings are the data version of ``configuration/<stage>``. The
latter are written at the start of a job's run, and in between by the sensor ``configuration_watch``
and by ``rnnvis materialize``, wherever a YAML file has changed.
"""

from collections.abc import Callable, Iterator, Sequence

import dagster as dg

from rnnvis_assets.configuration.project import Project
from rnnvis_assets.engine.dagster_partitions import partitions_of
from rnnvis_assets.engine.dagster_resource import StageResource
from rnnvis_assets.engine.freshness import configuration_version
from rnnvis_assets.engine.stage import RunContext, Stage
from rnnvis_assets.engine.stage_asset import PartitionKind, StageAsset

DATA_VERSION_TAG = "dagster/data_version"
"""Dagster's own tag: an event that carries it sets the asset's data version."""
OWNER = "team:rnnvis"
"""Who is asked about an asset, as Dagster's pages show it."""
Prepare = Callable[[dg.AssetExecutionContext, RunContext], None]


def configuration_key(stage: Stage) -> dg.AssetKey:
    """The asset that stands for the part of the configuration that a stage depends on."""
    return dg.AssetKey(["configuration", stage.name])


def changed_configuration(
    instance: dg.DagsterInstance, stages: Sequence[StageAsset], project: Project
) -> Iterator[dg.AssetMaterialization]:
    """An event for each stage and partition whose settings are not those that Dagster knows."""
    for asset in stages:
        for name in partitions_of(asset.partitioned_by, project).get_partition_keys():
            version = configuration_version(asset.stage, project, name)
            key = configuration_key(asset.stage)
            if _known_version(instance, key, name) != version:
                yield dg.AssetMaterialization(key, partition=name, tags={DATA_VERSION_TAG: version})


def _known_version(instance: dg.DagsterInstance, key: dg.AssetKey, partition: str) -> str | None:
    chosen = dg.AssetRecordsFilter(key, asset_partitions=[partition])
    for record in instance.fetch_materializations(chosen, limit=1).records:
        if record.asset_materialization and record.asset_materialization.tags:
            return record.asset_materialization.tags.get(DATA_VERSION_TAG)
    return None


def build_configuration_asset(
    kind: PartitionKind,
    assets: Sequence[StageAsset],
    project: Project,
    prepare: Prepare | None = None,
) -> dg.AssetsDefinition:
    """One step that writes down the settings of all stages of a dataset, model or comparison.

    ``prepare`` is called first, in the same step: what it does is done before any stage begins.
    """
    partitions = partitions_of(kind, project)

    @dg.multi_asset(
        name=f"{kind}_configuration",
        can_subset=True,
        specs=[
            dg.AssetSpec(
                key=configuration_key(asset.stage),
                description=f"What configs/ says that the stage {asset.stage.name} depends on.",
                group_name="configuration",
                kinds={"yaml"},
                owners=[OWNER],
                partitions_def=partitions,
            )
            for asset in assets
        ],
    )
    def configuration(
        context: dg.AssetExecutionContext, stages: StageResource
    ) -> Iterator[dg.MaterializeResult]:  # type: ignore[type-arg]  # Dagster reads the bare class
        run_context = stages.open_context(context.log.info, context.run.run_id)
        if prepare:
            prepare(context, run_context)
        for asset in assets:
            key = configuration_key(asset.stage)
            if key in context.selected_asset_keys:
                version = configuration_version(
                    asset.stage, run_context.project, context.partition_key
                )
                yield dg.MaterializeResult(asset_key=key, data_version=dg.DataVersion(version))

    return configuration
