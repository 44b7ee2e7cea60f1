"""The two files that ``rnnvis start`` writes: a dataset's and a model's."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Literal

import psutil
import yaml

from rnnvis_assets.configuration.cross_checks import require_free_name
from rnnvis_assets.configuration.dataset_config import DatasetConfig, TextSource, Tokenizer
from rnnvis_assets.configuration.model_config import ModelConfig
from rnnvis_assets.configuration.new_project import add_analysis
from rnnvis_assets.corpus.source_documents import read_text
from rnnvis_assets.corpus.sources import read_source
from rnnvis_assets.corpus.table_source import TABLE_SUFFIXES, read_rows
from rnnvis_assets.engine.stage import RunContext
from rnnvis_assets.own_text.column_choice import choose_columns
from rnnvis_assets.own_text.model_sizes import Forecast, forecast, model_of, split_of, vocabulary_of
from rnnvis_assets.own_text.text_figures import TextFigures, fitting_tokenizer, measure_text
from warehouse.atomic_files import atomic_file
from warehouse.disk_use import free_bytes, megabytes
from warehouse.errors import ConfigurationError
from warehouse.storage import base_folder

SAMPLED_ROWS = 2_000
FEWEST_DOCUMENTS = 20
_LONGEST_NAME = 50


@dataclass(frozen=True)
class TextOptions:
    """What a person says of a file, None where it is to be found out."""

    text: str | None = None
    label: str | None = None
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
    place = _place(file)
    if name in context.project.datasets:
        return _known(context, name, place, options)
    require_free_name(name, context.project, context.storage, _command(file))
    dataset, source_notes = _describe_source(file, place, options)
    config = DatasetConfig.model_validate(dataset)
    documents = read_source(config, context.storage, context.report).documents
    tokenizer = fitting_tokenizer(documents, labelled=config.has_labels)
    figures = measure_text(documents, tokenizer)
    dataset = _fitted(dataset, tokenizer, figures)
    config, model = DatasetConfig.model_validate(dataset), model_of(name, figures)
    network = ModelConfig.model_validate(model)
    model_name = f"{name}-{network.cell}"
    require_free_name(model_name, context.project, context.storage, _command(file))
    folder = context.project.folder
    add_analysis(folder, network.analysis)
    _write(folder / "datasets" / f"{name}.yaml", dataset)
    _write(folder / "models" / f"{model_name}.yaml", model)
    cores = psutil.cpu_count(logical=False) or 1
    room = free_bytes(context.storage.root)
    notes = (
        *source_notes,
        *_describe(network, config, figures),
        _in_words(forecast(network, figures, config.split, cores), cores, room),
        f"wrote {folder / 'datasets' / name}.yaml and {folder / 'models' / model_name}.yaml",
    )
    return StartedModel(name, model_name, notes)


def name_of(file: Path) -> str:
    """The name of a file's dataset: its own, without suffixes and in plain letters."""
    stem = file.resolve().name.split(".")[0].lower()
    return re.sub(r"[^a-z0-9_-]+", "-", stem).strip("-_")[:_LONGEST_NAME] or "text"


def _command(file: Path) -> Any:
    return f"rnnvis start {file} --name {{}}".format


def _place(file: Path) -> str:
    """Where a configuration finds the file: from its project's folder, or from the root."""
    path, base = file.resolve(), base_folder()
    return str(path.relative_to(base) if path.is_relative_to(base) else path)


def _known(context: RunContext, name: str, place: str, options: TextOptions) -> StartedModel:
    """The model that an earlier run made of the same file."""
    path = context.project.folder / "datasets" / f"{name}.yaml"
    source = context.project.datasets[name].source
    if getattr(source, "path", None) != place:
        raise ConfigurationError(
            f"the dataset {name} is another text ({path})",
            repair=f"rnnvis start {place} --name {name}-2",
        )
    for key in ("text", "label"):
        asked = getattr(options, key)
        there = getattr(source, key, None) or ("none" if key == "label" else None)
        if asked is not None and asked != there:
            raise ConfigurationError(
                f"{path} says {key}: {there}, not {asked}",
                repair=f"edit it, or rnnvis start {place} --{key} {asked} --name {name}-2",
            )
    models = [m for m, config in context.project.models.items() if config.dataset == name]
    if not models:
        raise ConfigurationError(
            f"no model reads the dataset {name}", repair=f"rm {path}, then run the same command"
        )
    first = min(models, key=len)
    return StartedModel(name, first, (f"{first} is configured already; going on with it",))


def _describe_source(
    file: Path, place: str, options: TextOptions
) -> tuple[dict[str, Any], list[str]]:
    """The dataset's content as far as the file itself decides it, and what was found."""
    described: dict[str, Any] = {"description": f"made of {file.name} by rnnvis start"}
    if not file.name.lower().endswith(TABLE_SUFFIXES):
        suffixes = ", ".join(TABLE_SUFFIXES)
        if options.text or options.label:
            raise ConfigurationError(
                f"{file} is read as plain text, which has no columns",
                repair=f"leave them out, or give a file of {suffixes}",
            )
        source = {"kind": "text", "path": place, "document": _dealt(file)}
        return {**described, "task": "language_model", "source": source}, []
    rows = [row for _, row in islice(read_rows(file), SAMPLED_ROWS)]
    columns = choose_columns(rows, file, options.text, options.label)
    source = {"kind": "table", "path": place, "text": columns.text, "label": columns.label}
    task = "classification" if columns.label else "language_model"
    found = f"text: column {columns.text!r}; labels: " + (
        f"column {columns.label!r}" if columns.label else "none, so a language model"
    )
    return {**described, "task": task, "source": source}, [found]


def _dealt(file: Path) -> Literal["paragraph", "line"]:
    """What is dealt to a split: paragraphs where there are enough of them, else lines."""
    paragraphs = read_text(file, TextSource(kind="text", path=str(file))).documents
    lines = sum(len(paragraph.sentences) for paragraph in paragraphs)
    if lines < FEWEST_DOCUMENTS:
        raise ConfigurationError(
            f"{file} has {lines} lines, expected a sentence or a paragraph a line",
            repair=f"fold -s -w 200 {file} > lines.txt, then rnnvis start lines.txt",
        )
    return "paragraph" if len(paragraphs) >= FEWEST_DOCUMENTS else "line"


def _fitted(
    dataset: Mapping[str, Any], tokenizer: Tokenizer, figures: TextFigures
) -> dict[str, Any]:
    """The dataset's content with what its text decides."""
    return {
        **dataset,
        "tokenizer": tokenizer.model_dump(mode="json"),
        "vocabulary": vocabulary_of(figures),
        "split": split_of(figures),
    }


def _describe(network: ModelConfig, dataset: DatasetConfig, figures: TextFigures) -> Iterator[str]:
    classes = f", {len(figures.classes)} classes" if figures.classes else ""
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


def _write(path: Path, content: Mapping[str, Any]) -> None:
    with atomic_file(path) as temporary:
        temporary.write_text(yaml.safe_dump(dict(content), sort_keys=False, allow_unicode=True))
