"""What configurations must say together: references, tasks that fit, names that do not clash.

The shape of each file by itself is checked by its pydantic model.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import isclose
from typing import Generic, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from rnnvis_assets.configuration.analyses import AnalysisConfig, ScheduleConfig
from rnnvis_assets.configuration.datasets import (
    DatasetConfig,
    LabelledTableSource,
    Task,
    TextSource,
)
from rnnvis_assets.configuration.documents import Document
from rnnvis_assets.configuration.faults import Fault, Location, shown, unknown_name
from rnnvis_assets.configuration.models import ModelConfig

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_CRON = re.compile(r"[\d*/,\-]+( [\d*/,\-]+){2}( [\dA-Za-z*/,\-]+){2}")
_TASKS: Mapping[str, Task] = {
    "docstrings": "language_model",
    "split_files": "language_model",
    "text": "language_model",
    "toy_reviews": "classification",
}

Found = Iterator[tuple[Location, str]]
Config = TypeVar("Config")


@dataclass(frozen=True)
class Files(Generic[Config]):
    """The files of one kind by name: all that exist, and of those the valid ones parsed."""

    documents: Mapping[str, Document | None]
    parsed: Mapping[str, Config]

    @property
    def names(self) -> list[str]:
        return list(self.documents)


def check_name(name: str) -> str:
    """The message where ``name`` cannot serve as a partition key and a folder name, else ``""``."""
    if _NAME.fullmatch(name):
        return ""
    return (
        f"found the name {name!r}, expected at most 64 lower case letters, digits, "
        "hyphens and underscores, a letter or digit first"
    )


def _check_source(config: DatasetConfig) -> Found:
    source, task = config.source, config.task
    needed = _TASKS.get(source.kind, task)
    if task != needed:
        yield ("task",), f"found {task!r}, expected {needed!r} for a {source.kind} source"
    if isinstance(source, TextSource) and (source.path is None) == (source.file is None):
        given = "neither" if source.path is None else "both"
        yield ("source",), f"found {given} of the keys path and file, expected exactly one"
    if isinstance(source, LabelledTableSource) and task == "classification" and not source.label:
        yield ("source", "label"), "found nothing, expected the label column of a classification"


def _check_dataset(config: DatasetConfig) -> Found:
    yield from _check_source(config)
    shares = config.split
    total = shares.train + shares.validation + shares.test
    if not isclose(total, 1, abs_tol=1e-6):
        yield ("split",), f"found shares that add up to {total:g}, expected 1"
    if config.classes is not None and config.task == "language_model":
        yield ("classes",), "found classes, expected none for a language_model"
    if config.classes is not None and len(set(config.classes)) < max(2, len(config.classes)):
        yield ("classes",), f"found {list(config.classes)}, expected two or more different names"


def _check_model(
    config: ModelConfig, datasets: Files[DatasetConfig], analyses: Files[AnalysisConfig]
) -> Found:
    if config.dataset not in datasets.documents:
        yield ("dataset",), unknown_name(config.dataset, "a dataset", datasets.names)
    if config.analysis not in analyses.documents:
        yield ("analysis",), unknown_name(config.analysis, "an analysis", analyses.names)
    dataset = datasets.parsed.get(config.dataset)
    if dataset is None:
        return
    if config.tied_embedding and dataset.task != "language_model":
        yield ("tied_embedding",), f"found true, expected false for a {dataset.task} task"
    if config.training.class_balance != "as_is" and dataset.task != "classification":
        balance = shown(config.training.class_balance)
        location = ("training", "class_balance")
        yield location, f"found {balance}, expected 'as_is' for a {dataset.task} task"


def _check_schedules(config: ScheduleConfig, models: list[str]) -> Found:
    nightly = config.nightly
    for index, model in enumerate(nightly.models or ()):
        if model not in models:
            yield ("nightly", "models", index), unknown_name(model, "a model", models)
    if not _CRON.fullmatch(nightly.cron):
        message = "expected five fields: minute, hour, day of the month, month, day of the week"
        yield ("nightly", "cron"), f"found {nightly.cron!r}, {message}"
    try:
        ZoneInfo(nightly.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        message = f"found {nightly.timezone!r}, expected a time zone such as 'Europe/Zurich'"
        yield ("nightly", "timezone"), message


def _at(document: Document | None, found: Found) -> Iterator[Fault]:
    if document is not None:
        yield from (document.fault(location, message) for location, message in found)


def cross_check(
    datasets: Files[DatasetConfig],
    models: Files[ModelConfig],
    analyses: Files[AnalysisConfig],
    schedules: Files[ScheduleConfig],
) -> Iterator[Fault]:
    """Every fault that no file shows by itself, or that spans several of its keys."""
    for name, dataset in datasets.parsed.items():
        yield from _at(datasets.documents[name], _check_dataset(dataset))
    for name, model in models.parsed.items():
        yield from _at(models.documents[name], _check_model(model, datasets, analyses))
    for name, schedule in schedules.parsed.items():
        yield from _at(schedules.documents[name], _check_schedules(schedule, models.names))
