"""Which partitions an asset has, and which partitions of one kind belong to which of another."""

from collections.abc import Collection, Mapping
from itertools import chain

import dagster as dg

from rnnvis_assets.configuration.project import Project
from rnnvis_assets.engine.stage_asset import PartitionKind


def partitions_of(kind: PartitionKind, project: Project) -> dg.StaticPartitionsDefinition:
    """One partition a dataset, a model or a comparison."""
    names: Mapping[PartitionKind, Collection[str]] = {
        "dataset": project.datasets, "model": project.models, "comparison": project.comparisons,
    }  # fmt: skip
    return dg.StaticPartitionsDefinition(sorted(names[kind]))


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
    for name in project.comparisons:
        for model in chain.from_iterable(project.compared(name).values()):
            compared[model].add(name)
    return dg.StaticPartitionMapping({name: found for name, found in compared.items() if found})
