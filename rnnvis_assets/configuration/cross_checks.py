"""What configurations must say together: references, tasks that fit, names that do not clash.

The shape of each file by itself is checked by its pydantic model.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Generic, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from rnnvis_assets.configuration.analysis_config import (
    AnalysisConfig,
    ComparisonConfig,
    ScheduleConfig,
)
from rnnvis_assets.configuration.cell_kinds import CELLS
from rnnvis_assets.configuration.config_faults import ConfigFault, Location, shown, unknown_name
from rnnvis_assets.configuration.dataset_config import DatasetConfig
from rnnvis_assets.configuration.external_model_config import PytorchModel, RecordedModel
from rnnvis_assets.configuration.model_config import Dropout, Model, ModelConfig
from rnnvis_assets.configuration.project import Project
from rnnvis_assets.configuration.seed_families import family_names
from rnnvis_assets.configuration.yaml_file import YamlFile
from warehouse.errors import ConfigurationError
from warehouse.release_index import published_models
from warehouse.storage import Storage, is_installed

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_CRON = re.compile(r"[\d*/,\-]+( [\d*/,\-]+){2}( [\dA-Za-z*/,\-]+){2}")

Found = Iterator[tuple[Location, str]]
Config = TypeVar("Config")


@dataclass(frozen=True)
class Files(Generic[Config]):
    """The files of one kind by name: all that exist, and of those the valid ones parsed."""

    documents: Mapping[str, YamlFile | None]
    parsed: Mapping[str, Config]


def check_name(name: str) -> str:
    """The message where ``name`` cannot serve as a partition key and a folder name, else ``""``."""
    if _NAME.fullmatch(name):
        return ""
    return (
        f"found the name {name!r}, expected at most 64 lower case letters, digits, "
        "hyphens and underscores, a letter or digit first"
    )


def check_model(
    config: Model, datasets: Files[DatasetConfig], analyses: Files[AnalysisConfig]
) -> Found:
    """What a model says that does not go with its dataset or analysis."""
    if config.dataset is not None and config.dataset not in datasets.documents:
        yield ("dataset",), unknown_name(config.dataset, "a dataset", datasets.documents)
    if config.analysis not in analyses.documents:
        yield ("analysis",), unknown_name(config.analysis, "an analysis", analyses.documents)
    analysis = analyses.parsed.get(config.analysis)
    if isinstance(config, RecordedModel) and analysis and analysis.recording.tokens is not None:
        yield (
            ("analysis",),
            (
                f"found {config.analysis!r}, with recording.tokens: {analysis.recording.tokens}; "
                "expected an analysis without it, as a recording that was made is taken as it is"
            ),
        )
    dataset = datasets.parsed.get(config.dataset or "")
    if dataset is not None and isinstance(config, ModelConfig):
        yield from _check_training(config, dataset)
    if dataset is not None and isinstance(config, PytorchModel):
        yield from _check_meaning(config, dataset)


def _check_training(config: ModelConfig, dataset: DatasetConfig) -> Found:
    if config.tied_embedding and dataset.task != "language_model":
        yield ("tied_embedding",), f"found true, expected false for a {dataset.task} task"
    if config.training.class_balance != "as_is" and dataset.task != "classification":
        balance = shown(config.training.class_balance)
        location = ("training", "class_balance")
        yield location, f"found {balance}, expected 'as_is' for a {dataset.task} task"
    if config.training.cell_penalty and dataset.task != "language_model":
        penalty = f"found {config.training.cell_penalty}, expected 0"
        yield ("training", "cell_penalty"), f"{penalty} for a {dataset.task} task"
    if dataset.task != "language_model":
        for name in ("recurrent_weights", "locked"):
            found, expected = getattr(config.dropout, name), Dropout.model_fields[name].default
            if found != expected:
                values = f"found {shown(found)}, expected {shown(expected)}"
                yield ("dropout", name), f"{values} for a {dataset.task} task"


def _check_meaning(config: PytorchModel, dataset: DatasetConfig) -> Found:
    fitting = {"language_model": "next_word", "classification": "class"}[dataset.task]
    meaning = config.output.meaning
    if meaning not in (None, "none", fitting):
        message = f"found {meaning!r}, expected '{fitting}' or 'none' for a {dataset.task} task"
        yield ("output", "meaning"), message


def _check_schedules(config: ScheduleConfig, models: Collection[str]) -> Found:
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


def _check_comparison(
    config: ComparisonConfig, models: Files[Model], analyses: Files[AnalysisConfig]
) -> Found:
    for role, name in config.models.items():
        if name not in models.documents:
            yield ("models", role), unknown_name(name, "a model", models.documents)
    known = {name: models.parsed[name] for name in config.models.values() if name in models.parsed}
    if len({model.dataset for model in known.values()}) > 1:
        read = ", ".join(f"{name} reads {model.dataset}" for name, model in known.items())
        yield ("models",), f"found models of several datasets ({read}), expected one"
    yield from _check_seeds(config, known)
    recorded = (analyses.parsed.get(model.analysis) for model in known.values())
    parts = {(a.recording.split, a.recording.tokens) for a in recorded if a}
    if len({split for split, _ in parts}) > 1:
        yield ("models",), "found analyses that record several splits, expected one split"
    elif len(parts) > 1:
        limits = ", ".join(sorted(str(tokens or "all") for _, tokens in parts))
        yield ("models",), f"found analyses of different recording.tokens ({limits}), expected one"
    for role, name in config.models.items():
        model = known.get(name)
        if role in CELLS and isinstance(model, ModelConfig) and model.cell != role:
            message = f"found {name!r} of the cell {model.cell}, expected one of {role}"
            yield ("models", role), message
    if config.kind == "class_balance":
        yield from _check_balances(config, known)


def _check_seeds(config: ComparisonConfig, known: Mapping[str, Model]) -> Found:
    """All of as many seeds, since they are compared seed by seed."""
    found = {name: len(family_names(name, model)) for name, model in known.items()}
    several = ", ".join(f"{name} has {number}" for name, number in found.items())
    if len(set(found.values())) > 1:
        yield ("models",), f"found models of several numbers of seeds ({several}), expected one"
    if config.kind == "seeds" and set(found.values()) == {1}:
        yield ("models",), f"found a model of a single seed ({several}), expected one of several"


def _check_balances(config: ComparisonConfig, known: Mapping[str, Model]) -> Found:
    """One of the two over-samples, and they differ in nothing else but the seed."""
    rest = []
    for role, balance in (("as_it_comes", "as_is"), ("balanced", "oversample")):
        model = known.get(config.models[role])
        if not isinstance(model, ModelConfig):
            return
        if model.training.class_balance != balance:
            found = f"{config.models[role]!r} of class_balance {model.training.class_balance}"
            yield ("models", role), f"found {found}, expected {balance}"
        apart = dict.fromkeys(("description", "seed", "seeds"), True)
        rest.append(model.model_dump(exclude={**apart, "training": {"class_balance"}}))
    other = [key for key in rest[0] if rest[0][key] != rest[1][key]]
    if other:
        names = " and ".join(config.models.values())
        yield ("models",), f"found {names}, which differ in {', '.join(other)} too; expected none"


def _at(document: YamlFile | None, found: Found) -> Iterator[ConfigFault]:
    if document is not None:
        yield from (document.fault(location, message) for location, message in found)


def cross_check(
    datasets: Files[DatasetConfig],
    models: Files[Model],
    analyses: Files[AnalysisConfig],
    schedules: Files[ScheduleConfig],
    comparisons: Files[ComparisonConfig],
) -> Iterator[ConfigFault]:
    """Every fault that no file shows by itself."""
    for name, model in models.parsed.items():
        yield from _at(models.documents[name], check_model(model, datasets, analyses))
    for name, schedule in schedules.parsed.items():
        yield from _at(schedules.documents[name], _check_schedules(schedule, models.documents))
    for name, comparison in comparisons.parsed.items():
        yield from _at(comparisons.documents[name], _check_comparison(comparison, models, analyses))


def require_free_name(
    name: str, project: Project, storage: Storage, command: Callable[[str], str]
) -> None:
    """Raises ConfigurationError where ``name`` is none or taken, offering a free one in what
    ``command`` makes of it, or where the configurations are an installed package's own."""
    if is_installed(project.folder):
        raise ConfigurationError(
            f"{project.folder} belongs to the installed program, expected a folder of your own",
            repair="rnnvis init, then run the same command again",
        )
    if message := check_name(name):
        raise ConfigurationError(message, repair=command("NAME"))
    named = (project.models, project.datasets, project.comparisons, published_models(storage))
    taken = {each for names in named for each in names}
    if name in taken:
        free = next(other for n in count(2) if (other := f"{name}-{n}") not in taken)
        raise ConfigurationError(
            f"found the name {name}, which a model, a dataset or a comparison has already; "
            f"expected a free one, such as {free}",
            repair=command(free),
        )
