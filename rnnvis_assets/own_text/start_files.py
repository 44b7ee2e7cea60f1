"""The two files that ``rnnvis start`` writes: a dataset's and a model's."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from pydantic import ValidationError

from rnnvis_assets.configuration.cross_checks import require_free_name
from rnnvis_assets.configuration.dataset_config import DatasetConfig, Missing, Tokenizer
from rnnvis_assets.configuration.model_config import ModelConfig
from rnnvis_assets.configuration.new_project import add_analysis
from rnnvis_assets.configuration.yaml_file import yaml_text
from rnnvis_assets.corpus.source_documents import SourceDocument
from rnnvis_assets.engine.stage import RunContext
from rnnvis_assets.own_text.column_choice import NO_LABELS
from rnnvis_assets.own_text.model_sizes import Forecast, forecast, model_of, split_of, vocabulary_of
from rnnvis_assets.own_text.source_description import TEXT_SUFFIXES, describe_source
from rnnvis_assets.own_text.text_figures import TextFigures, fitting_tokenizer, measure_text
from rnnvis_assets.own_text.text_language import common_words, find_language
from warehouse.atomic_files import write_text
from warehouse.disk_use import free_bytes, megabytes
from warehouse.errors import ConfigurationError
from warehouse.storage import base_folder

_LONGEST_NAME = 50


@dataclass(frozen=True)
class TextOptions:
    """What a person says of a file, None where it is to be found out."""

    text: str | None = None
    label: str | None = None
    language: str | None = None
    missing: Missing = "refuse"
    name: str | None = None


@dataclass(frozen=True)
class StartedModel:
    """The names of the dataset and of the model, and what was found, a line each."""

    dataset: str
    model: str
    notes: tuple[str, ...]


def start_model(context: RunContext, file: Path, options: TextOptions) -> StartedModel:
    """The dataset and the model of ``file``, their files written where there are none yet.

    Raises ConfigurationError where an option has to decide, or where the name is another text's;
    CorpusError where the text cannot be read.
    """
    name = options.name or name_of(file)
    if name in context.project.datasets:
        return _known(context, name, file, options)
    require_free_name(name, context.project, context.storage, _command(file))
    described = describe_source(
        context, file, _place(file), options.text, options.label, options.missing
    )
    labelled = described.dataset["task"] == "classification"
    language = options.language or _language_of(described.documents, file)
    tokenizer = fitting_tokenizer(described.documents, language, labelled=labelled)
    figures = measure_text(described.documents, tokenizer)
    dataset = _fitted(described.dataset, language, tokenizer, figures)
    config, model = _checked(dataset), model_of(name, figures)
    network = ModelConfig.model_validate(model)
    model_name = f"{name}-{network.cell}"
    require_free_name(model_name, context.project, context.storage, _command(file))
    folder = context.project.folder
    add_analysis(folder, network.analysis)
    write_text(folder / "datasets" / f"{name}.yaml", yaml_text(dataset))
    write_text(folder / "models" / f"{model_name}.yaml", yaml_text(model))
    cores = psutil.cpu_count(logical=False) or 1
    room = free_bytes(context.storage.root)
    notes = (
        *described.notes,
        *_describe(network, config, figures),
        _in_words(forecast(network, figures, config.split, cores), cores, room),
        f"wrote {folder / 'datasets' / name}.yaml and {folder / 'models' / model_name}.yaml",
    )
    return StartedModel(name, model_name, notes)


def _language_of(documents: Sequence[SourceDocument], file: Path) -> str:
    if found := find_language(documents):
        return found
    likely = [(share, name) for name, share in common_words(documents).items() if share][:2]
    shares = " and ".join(f"{share:.0%} in {name}" for share, name in likely)
    none = "none of its words is common in one"
    found = f"of its words {shares} are common ones" if shares else none
    raise ConfigurationError(
        f"{file}: the language is in doubt: {found}",
        repair="add --language en, or de, fr, zh and so on; none: of no language, such as programs",
    )


def _checked(dataset: Mapping[str, Any]) -> DatasetConfig:
    try:
        return DatasetConfig.model_validate(dataset)
    except ValidationError as error:
        raise ConfigurationError(
            f"found the language {dataset['language']!r}, expected a code",
            repair="--language en, or de, fr, zh-Hant and so on; none: of no language",
        ) from error


def name_of(file: Path) -> str:
    """The name of a file's dataset: its own, without suffixes and in plain letters."""
    stem = file.resolve().name.split(".")[0].lower()
    return re.sub(r"[^a-z0-9_-]+", "-", stem).strip("-_")[:_LONGEST_NAME] or "text"


def _command(file: Path) -> Any:
    return f"rnnvis start {file} --name {{}}".format


def _place(file: Path) -> str:
    """Where a configuration finds the file, or the text files of a folder: from its project's
    folder, or from the root."""
    path, base = file.resolve(), base_folder()
    place = str(path.relative_to(base) if path.is_relative_to(base) else path)
    return f"{place}/*{TEXT_SUFFIXES[0]}" if file.is_dir() else place


def _known(context: RunContext, name: str, file: Path, options: TextOptions) -> StartedModel:
    """The model that an earlier run made of the same file."""
    path = context.project.folder / "datasets" / f"{name}.yaml"
    config = context.project.datasets[name]
    if getattr(config.source, "path", None) != _place(file):
        raise ConfigurationError(
            f"the dataset {name} is another text ({path})",
            repair=f"rnnvis start {file} --name {name}-2",
        )
    said = {
        "text": getattr(config.source, "text", None),
        "label": getattr(config.source, "label", None) or NO_LABELS,
        "language": config.language,
    }
    for key, there in said.items():
        asked = getattr(options, key)
        if asked not in (None, there):
            raise ConfigurationError(
                f"{path} says {key}: {there}, not {asked}",
                repair=f"edit it, or rnnvis start {file} --{key} {asked} --name {name}-2",
            )
    models = [m for m, config in context.project.models.items() if config.dataset == name]
    if not models:
        raise ConfigurationError(
            f"no model reads the dataset {name}", repair=f"rm {path}, then run the same command"
        )
    first = min(models, key=len)
    return StartedModel(name, first, (f"{first} is configured already; going on with it",))


def _fitted(
    dataset: Mapping[str, Any], language: str, tokenizer: Tokenizer, figures: TextFigures
) -> dict[str, Any]:
    """The dataset's content with what its text decides."""
    return {
        **dataset,
        "language": language,
        "tokenizer": tokenizer.model_dump(mode="json"),
        "vocabulary": vocabulary_of(figures),
        "split": split_of(figures),
    }


def _describe(network: ModelConfig, dataset: DatasetConfig, figures: TextFigures) -> Iterator[str]:
    classes = f", {len(figures.classes)} classes" if figures.classes else ""
    tags = "" if dataset.is_english else " (parts of speech are tagged in English only)"
    yield f"language: {dataset.language}{tags}"
    yield (
        f"about {figures.tokens:,} {dataset.tokenizer.kind} tokens in {figures.documents:,} "
        f"documents{classes}"
    )
    task = "classifies" if figures.classes else "predicts the next word"
    yield f"network: {network.summary}, {task}; {network.training.epochs} epochs"


def _in_words(expected: Forecast, cores: int, room: int) -> str:
    return (
        f"forecast: about {max(1, round(expected.seconds / 60))} min on {cores} cores; its "
        f"recording takes {megabytes(expected.bytes)}, of {megabytes(room)} free"
    )
