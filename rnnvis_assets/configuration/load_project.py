"""Reads every configuration of a checkout, and reports all faults of all files at once."""

import os
from collections.abc import Iterator
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from rnnvis_assets.configuration.analysis_config import AnalysisConfig, ScheduleConfig
from rnnvis_assets.configuration.comparison_config import ComparisonConfig
from rnnvis_assets.configuration.config_faults import ConfigFault, refuse, shown
from rnnvis_assets.configuration.cross_checks import Files, check_name, cross_check
from rnnvis_assets.configuration.dataset_config import DatasetConfig
from rnnvis_assets.configuration.model_config import MODELS, Model
from rnnvis_assets.configuration.project import Project
from rnnvis_assets.configuration.validation_messages import explain
from rnnvis_assets.configuration.yaml_file import YamlFile, read_document
from warehouse.errors import near_miss
from warehouse.storage import CHECKOUT

Config = TypeVar("Config", bound=BaseModel)


def _parse(
    document: YamlFile | None, model: type[Config], faults: list[ConfigFault]
) -> Config | None:
    if document is None:
        return None
    try:
        return model.model_validate(document.content)
    except ValidationError as error:
        faults += explain(document, model, error)
        return None


def _read_models(files: list[Path], faults: list[ConfigFault]) -> Files[Model]:
    """Every model by the rules of its own kind; which kind that is, its key ``source`` says."""
    documents = {path.stem: read_document(path, faults) for path in files}
    valid: dict[str, Model] = {}
    for name, document in documents.items():
        kind = _kind(document, faults)
        config: Model | None = None if kind is None else _parse(document, kind, faults)
        if config is not None:
            valid[name] = config
    return Files(documents, valid)


def _kind(document: YamlFile | None, faults: list[ConfigFault]) -> type[Model] | None:
    first, *_ = MODELS
    content = document.content if document else None
    source = content.get("source", first) if isinstance(content, dict) else first
    if isinstance(source, str) and source in MODELS:
        return MODELS[source]
    if document:
        near = near_miss(source, MODELS)
        message = f"found {shown(source)}, expected one of {', '.join(MODELS)}{near}"
        faults.append(document.fault(("source",), message))
    return None


def _yaml_files(folder: Path, faults: list[ConfigFault]) -> list[Path]:
    """The folder's YAML files by name; a name that cannot be used is a fault."""
    if not folder.is_dir():
        faults.append(
            ConfigFault(folder, None, (), "found no such folder, expected one of YAML files")
        )
        return []
    files = sorted(folder.glob("[!.]*.yaml"))
    wrong = [(path, "found the suffix .yml, expected .yaml") for path in folder.glob("*.yml")]
    wrong += [(path, message) for path in files if (message := check_name(path.stem))]
    faults += [ConfigFault(path, None, (), message) for path, message in wrong]
    return files


def _optional_files(folder: Path, faults: list[ConfigFault]) -> list[Path]:
    return _yaml_files(folder, faults) if folder.exists() else []


def _read_files(files: list[Path], model: type[Config], faults: list[ConfigFault]) -> Files[Config]:
    documents = {path.stem: read_document(path, faults) for path in files}
    parsed = {name: _parse(document, model, faults) for name, document in documents.items()}
    valid = {name: config for name, config in parsed.items() if config is not None}
    return Files(documents, valid)


def _shared_names(**files: list[Path]) -> Iterator[ConfigFault]:
    """Locks and manifests go by name alone, so no two things may be called alike."""
    taken: dict[str, tuple[str, Path]] = {}
    for kind, paths in files.items():
        for path in paths:
            if path.stem in taken:
                other, place = taken[path.stem]
                message = f"found the name of a {other} ({place}), expected another name"
                yield ConfigFault(path, None, (), message)
            taken.setdefault(path.stem, (kind, path))


def default_folder() -> Path:
    """The folder that ``$RNNVIS_CONFIGS`` names, else ``configs/`` in the checkout."""
    return Path(os.environ.get("RNNVIS_CONFIGS") or CHECKOUT / "configs").resolve()


def load_project(folder: Path | None = None) -> Project:
    """Reads ``datasets/``, ``models/``, ``analyses/``, ``comparisons/`` and ``schedules.yaml``
    below ``folder``; the last two may be left out.

    Raises ConfigurationError with every fault of every file: the file and its line, the path
    inside it, what was found and expected, and what was probably meant.
    """
    folder, faults = folder or default_folder(), list[ConfigFault]()
    dataset_files = _yaml_files(folder / "datasets", faults)
    model_files = _yaml_files(folder / "models", faults)
    schedule_files = [path for path in (folder / "schedules.yaml",) if path.exists()]
    comparison_files = _optional_files(folder / "comparisons", faults)
    datasets = _read_files(dataset_files, DatasetConfig, faults)
    models = _read_models(model_files, faults)
    analyses = _read_files(_yaml_files(folder / "analyses", faults), AnalysisConfig, faults)
    schedules = _read_files(schedule_files, ScheduleConfig, faults)
    comparisons = _read_files(comparison_files, ComparisonConfig, faults)
    faults += _shared_names(dataset=dataset_files, model=model_files, comparison=comparison_files)
    faults += cross_check(datasets, models, analyses, schedules, comparisons)
    if faults:
        raise refuse(folder, faults)
    return Project(
        folder=folder,
        datasets=MappingProxyType(dict(datasets.parsed)),
        models=MappingProxyType(dict(models.parsed)),
        analyses=MappingProxyType(dict(analyses.parsed)),
        schedules=schedules.parsed.get("schedules", ScheduleConfig()),
        comparisons=MappingProxyType(dict(comparisons.parsed)),
    )
