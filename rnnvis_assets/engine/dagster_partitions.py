"""Dagster's partitions, one a dataset and one a model, and the configurations it watches."""

from collections.abc import Collection, Iterator, Mapping

import dagster as dg

from rnnvis_assets.configuration.project import Project
from rnnvis_assets.engine.freshness import settings_digest
from rnnvis_assets.engine.stage import Stage
from rnnvis_assets.engine.stage_asset import StageAsset

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
