"""Writes ``commands.md``, ``configuration.md`` and ``api.md`` from the code that they describe.

python docs/generate_reference.py
"""

import importlib
import inspect
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType, NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

import typer
from pydantic import BaseModel
from pydantic.fields import FieldInfo

import rnnvis
from pipelines.cli.main import app
from rnnvis_assets.configuration.analysis_config import (
    AnalysisConfig,
    ComparisonConfig,
    ScheduleConfig,
)
from rnnvis_assets.configuration.dataset_config import DatasetConfig
from rnnvis_assets.configuration.engine_config import EngineConfig
from rnnvis_assets.configuration.external_model_config import (
    PytorchModel,
    RecordedModel,
    TransformersModel,
)
from rnnvis_assets.configuration.model_config import ModelConfig

FOLDER = Path(__file__).parent
NOTE = "<!-- Written by `python docs/generate_reference.py`; edit the code instead. -->"
COMMANDS_INTRODUCTION = f"""# Commands

{NOTE}

`rnnvis` is in `.venv/bin` once `make demo` has installed the project. `rnnvis COMMAND --help`
prints what this page says. Every command exits with 0 where all went well, otherwise with another
number and a message that names the command which repairs it.
"""
CONFIGURATION_INTRODUCTION = f"""# Configuration

{NOTE}

The name of a file is the name of what it describes. An unknown key or a wrong value is refused with
the file, the line, what was found and what was expected; all faults of all files are reported at
once. A heading such as `training.schedule` stands for the section `schedule:` in the section
`training:`. All files lie in the folder that `$RNNVIS_CONFIGS` names; else in `./configs`; else in
the one that came with the package. A path in a file is relative to the folder that holds that one.
"""
API_INTRODUCTION = f"""# Python API

{NOTE}

What this page names is public: it changes with a note in the [changelog](../CHANGELOG.md).
Everything else in the four packages may change without one. The tables that [SQL](sql.md) reads are
public too, see [Tables](tables.md), and so is the [recording format](recording_format.md).
"""

CONFIGURATIONS: Mapping[str, type[BaseModel]] = MappingProxyType({
    "Datasets: `configs/datasets/NAME.yaml`": DatasetConfig,
    "Models to train: `configs/models/NAME.yaml`": ModelConfig,
    "Imported PyTorch models: `configs/models/NAME.yaml`": PytorchModel,
    "Networks saved by transformers, xlstm or rwkv: `configs/models/NAME.yaml`": TransformersModel,
    "Recorded models: `configs/models/NAME.yaml`": RecordedModel,
    "Analyses: `configs/analyses/NAME.yaml`": AnalysisConfig,
    "Comparisons: `configs/comparisons/NAME.yaml`": ComparisonConfig,
    "Schedules: `configs/schedules.yaml`": ScheduleConfig,
    "Engine: `configs/engine.yaml`": EngineConfig,
})  # fmt: skip
PUBLIC: Mapping[str, tuple[str, ...]] = MappingProxyType({
    "rnnvis": tuple(name for name in rnnvis.__all__ if not name.endswith("Error")),
    "warehouse.reader": (
        "open_release", "find_release", "Release", "published_models", "read_current",
    ),
    "warehouse.layer_queries": ("LayerQueries", "ReleasedLayer"),
    "warehouse.word_queries": ("WordQueries", "UnitQueries", "WordResponse", "ResponseMatrix"),
    "warehouse.cluster_queries": ("ClusterQueries", "ReleasedCoClustering"),
    "warehouse.sentence_queries": ("SentenceQueries", "AnnotationQueries", "SentenceGlyphs"),
    "warehouse.comparison_files": ("open_comparison", "Comparison", "published_comparisons"),
    "warehouse.recordings": ("open_recording", "Recording"),
    "warehouse.recording_dataset": ("recording_dataset",),
    "warehouse.storage": ("Storage",),
    "warehouse.errors": (
        "RnnvisError", "ConfigurationError", "CorpusError", "TrainingError", "CheckpointError",
        "ImportedModelError", "RecordingError", "AnalysisError", "ReleaseError", "StorageError",
        "BusyError", "WorkerError", "AccessError",
    ),
    "rnnvis_assets.model_import.state_reader": ("StateReader",),
    "rnnvis_assets.configuration.load_project": ("load_project",),
    "rnnvis_assets.configuration.project": ("Project",),
})  # fmt: skip
"""What other programs may rely on, by module."""

_TYPES: Mapping[Any, str] = MappingProxyType({
    str: "text", int: "whole number", float: "number", bool: "`true` or `false`",
    NoneType: "`null`", Any: "any value",
})  # fmt: skip
_COMMON: Mapping[str, str] = MappingProxyType({
    "description": "a line for people",
    "dataset": "a name in `configs/datasets`",
    "analysis": "a name in `configs/analyses`",
})  # fmt: skip
"""Keys that mean the same wherever they stand."""
_BOUNDS: Mapping[str, str] = MappingProxyType({"ge": "≥", "gt": ">", "le": "≤", "lt": "<"})


def _text(docstring: str | None) -> str:
    """A docstring as Markdown: double backticks become single ones."""
    return re.sub(r"``(.+?)``", r"`\1`", inspect.cleandoc(docstring or ""), flags=re.DOTALL)


def _cell(text: str) -> str:
    """Text that fits into one cell of a table."""
    return " ".join(_text(text).replace("|", "\\|").split())


def _table(*heads: str, rows: Iterator[tuple[str, ...]]) -> Iterator[str]:
    lines = [f"| {' | '.join(row)} |" for row in rows]
    if lines:
        yield f"| {' | '.join(heads)} |"
        yield "| " + " | ".join("---" for _ in heads) + " |"
        yield from lines
        yield ""


# Commands


def _parameters(command: Any) -> Iterator[tuple[str, ...]]:
    for parameter in command.params:
        first, *_ = parameter.opts
        name = first if first.startswith("-") else first.upper()
        name += " …" if parameter.nargs == -1 or parameter.multiple else ""
        default = "" if parameter.default in (None, "", ()) else f"`{parameter.default}`"
        shown = "needed" if parameter.required else default
        yield f"`{name}`", _cell(parameter.help or ""), shown


def _commands(command: Any, words: str) -> Iterator[str]:
    """The section of a command, or those of a group's commands."""
    if hasattr(command, "commands"):
        for name, inner in command.commands.items():
            yield from _commands(inner, f"{words} {name}")
        return
    yield f"## {words}\n"
    yield _text(command.help) + "\n"
    yield from _table("argument or option", "what it is", "default", rows=_parameters(command))


def commands_page() -> str:
    """Every command of ``rnnvis`` with its arguments and options."""
    return "\n".join([COMMANDS_INTRODUCTION, *_commands(typer.main.get_command(app), "rnnvis")])


# Configuration


def _configs_in(annotation: Any) -> list[type[BaseModel]]:
    """The configuration classes that an annotation names, at any depth."""
    if inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        return [annotation]
    return [config for part in get_args(annotation) for config in _configs_in(part)]


def _type(annotation: Any) -> str:
    """A type in words."""
    if _configs_in(annotation):
        return "section"
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return ", ".join(f"`{choice}`" for choice in parts)
    if origin in (Union, UnionType):
        return " or ".join(map(_type, parts))
    if origin is tuple:
        return f"list of {_type(parts[0])}"
    if origin is dict:
        return f"{_type(parts[1])} by name"
    return _TYPES[annotation]


def _bounds(field: FieldInfo) -> str:
    found = [
        f"{sign} {getattr(bound, name):g}"
        for bound in field.metadata for name, sign in _BOUNDS.items() if hasattr(bound, name)
    ]  # fmt: skip
    return f" ({', '.join(found)})" if found else ""


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "needed"
    value = field.get_default(call_default_factory=True)
    if isinstance(value, BaseModel) or value in ("", {}, ()):
        return ""
    return "`null`" if value is None else f"`{str(value).lower()}`"


def _keys(config: type[BaseModel]) -> Iterator[tuple[str, ...]]:
    for name, field in config.model_fields.items():
        kind = _type(field.annotation) + _bounds(field)
        yield f"`{name}`", kind, _default(field), _cell(_meaning(name, kind, field))


def _meaning(name: str, kind: str, field: FieldInfo) -> str:
    if field.description or kind == "section":
        return field.description or "see below"
    is_fixed = get_origin(field.annotation) is Literal and len(get_args(field.annotation)) == 1
    return "says which of the forms this is" if is_fixed else _COMMON.get(name, "")


def _kind(config: type[BaseModel]) -> str:
    """The value of ``kind`` by which one of several forms of a section is chosen, or nothing."""
    kind = config.model_fields.get("kind")
    return f" of kind `{get_args(kind.annotation)[0]}`" if kind and kind.is_required() else ""


def _sections(config: type[BaseModel], path: str = "") -> Iterator[str]:
    """The keys of a configuration, then those of the sections in it."""
    yield _text(config.__doc__) + "\n"
    yield from _table("key", "value", "default", "meaning", rows=_keys(config))
    forms: dict[type[BaseModel], list[str]] = {}
    for name, field in config.model_fields.items():
        for form in _configs_in(field.annotation):
            forms.setdefault(form, []).append(f"{path}{name}")
    for form, places in forms.items():
        kind = _kind(form) if path + "source" in places else ""
        yield f"### {', '.join(f'`{place}`' for place in places)}{kind}\n"
        yield from _sections(form, f"{places[0]}.")


def configuration_page() -> str:
    """Every key of every file in ``configs/``."""
    lines = [CONFIGURATION_INTRODUCTION]
    for title, config in CONFIGURATIONS.items():
        lines += [f"## {title}\n", *_sections(config)]
    return "\n".join(lines)


# Public Python


def _signature(name: str, callable_: Any) -> str:
    text = str(inspect.signature(callable_))
    text = re.sub(r"numpy\.ndarray\[.*?dtype\[[^]]*\]\]", "ndarray", text)
    text = re.sub(r"\b(?:[a-z_]+\.)+(?=[A-Z])", "", text)
    text = re.sub(r"'([A-Z]\w*)'", r"\1", text)  # a name that its module has yet to define
    return f"{name}{text}".replace("(self, ", "(").replace("(self)", "()")


def _members(owner: type) -> Iterator[tuple[str, ...]]:
    """What a class offers, by name: its own and inherited public methods and properties."""
    for name, member in inspect.getmembers(owner):
        if name.startswith("_") or not getattr(member, "__doc__", None):
            continue
        if inspect.isfunction(member) or inspect.ismethod(member):
            yield f"`{_signature(name, member)}`".replace("|", "\\|"), _cell(member.__doc__ or "")
        elif isinstance(member, property) or hasattr(member, "attrname"):
            yield f"`{name}`", _cell(member.__doc__ or "")


def _describe(name: str, item: Any) -> Iterator[str]:
    yield f"### {name}\n"
    if inspect.isclass(item):
        yield _text(item.__doc__) + "\n"
        if not issubclass(item, Exception):
            yield from _table("member", "what it gives", rows=_members(item))
    elif callable(item):
        yield f"```text\n{_signature(name, item)}\n```\n"
        yield _text(item.__doc__) + "\n"


def api_page() -> str:
    """What another program may rely on."""
    lines = [API_INTRODUCTION]
    for name, publics in PUBLIC.items():
        module = importlib.import_module(name)
        lines += [f"## {name}\n", _text(module.__doc__).split("\n\n", maxsplit=1)[0] + "\n"]
        for public in publics:
            lines += _describe(public, getattr(module, public))
    return "\n".join(lines)


def pages() -> dict[str, str]:
    """The text of every generated page, by file name."""
    made = {
        "commands.md": commands_page(),
        "configuration.md": configuration_page(),
        "api.md": api_page(),
    }
    return {name: text.rstrip("\n") + "\n" for name, text in made.items()}


if __name__ == "__main__":
    for name, text in pages().items():
        (FOLDER / name).write_text(text, "utf-8")
