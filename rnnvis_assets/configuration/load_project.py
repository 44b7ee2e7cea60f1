"""Reads every configuration of a checkout, and reports all faults of all files at once."""

from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from rnnvis_assets.configuration.analysis_config import (
    AnalysisConfig,
    ComparisonConfig,
    ScheduleConfig,
)
from rnnvis_assets.configuration.config_faults import ConfigFault, refuse, shown
from rnnvis_assets.configuration.cross_checks import Files, check_name, cross_check
from rnnvis_assets.configuration.dataset_config import DatasetConfig
from rnnvis_assets.configuration.engine_config import EngineConfig
from rnnvis_assets.configuration.model_config import MODELS, Model
from rnnvis_assets.configuration.project import Project
from rnnvis_assets.configuration.seed_families import expand_families, family_comparisons
from rnnvis_assets.configuration.validation_messages import explain
from rnnvis_assets.configuration.yaml_file import YamlFile, read_document
from warehouse.errors import ConfigurationError, near_miss
from warehouse.storage import configs_folder

Config = TypeVar("Config", bound=BaseModel)


def _read_files(
    files: list[Path],
    faults: list[ConfigFault],
    kind_of: Callable[[YamlFile, list[ConfigFault]], type[Config] | None],
) -> Files[Config]:
    """All files, each parsed by the rules of its kind, None where that is unknown."""
    documents = {path.stem: read_document(path, faults) for path in files}
    parsed: dict[str, Config] = {}
    for name, document in documents.items():
        if document is None or (kind := kind_of(document, faults)) is None:
            continue
        try:
            parsed[name] = kind.model_validate(document.content)
        except ValidationError as error:
            faults += explain(document, kind, error)
    return Files(documents, parsed)


def _model_kind(document: YamlFile, faults: list[ConfigFault]) -> type[Model] | None:
    """The kind of a model, which its key ``source`` names; the first where it names none."""
    first, *_ = MODELS
    source = document.content.get("source", first) if isinstance(document.content, dict) else first
    if isinstance(source, str) and source in MODELS:
        return MODELS[source]
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


def _shared_names(**files: list[Path]) -> Iterator[ConfigFault]:
    """Locks and manifests are found by name only, so no two things may have the same one."""
    taken: dict[str, tuple[str, Path]] = {}
    for kind, paths in files.items():
        for path in paths:
            if path.stem in taken:
                other, place = taken[path.stem]
                message = f"found the name of a {other} ({place}), expected another name"
                yield ConfigFault(path, None, (), message)
            taken.setdefault(path.stem, (kind, path))


@dataclass(frozen=True)
class _Read:
    """All files of a folder of configurations, and what is wrong with them."""

    folder: Path
    datasets: Files[DatasetConfig]
    models: Files[Model]
    analyses: Files[AnalysisConfig]
    schedules: Files[ScheduleConfig]
    comparisons: Files[ComparisonConfig]
    faults: list[ConfigFault]

    def project(self) -> Project:
        """The configurations without the files that have a fault, and without what refers to one
        of these."""
        wrong = {fault.file for fault in self.faults}

        def sound(
            files: Files[Config], place: str, needs: Callable[[Config], bool] = lambda _: True
        ) -> dict[str, Config]:
            return {
                name: config
                for name, config in files.parsed.items()
                if self.folder / place / f"{name}.yaml" not in wrong and needs(config)
            }

        datasets, analyses = sound(self.datasets, "datasets"), sound(self.analyses, "analyses")
        models = sound(
            self.models,
            "models",
            lambda model: (
                model.analysis in analyses and (model.dataset is None or model.dataset in datasets)
            ),
        )
        comparisons = sound(
            self.comparisons, "comparisons", lambda each: {*each.models.values()} <= {*models}
        )
        schedules = sound(self.schedules, "").get("schedules", ScheduleConfig())
        return Project(
            folder=self.folder,
            datasets=MappingProxyType(datasets),
            models=MappingProxyType(dict(expand_families(models))),
            analyses=MappingProxyType(analyses),
            schedules=_of_models(schedules, models),
            comparisons=MappingProxyType({**comparisons, **dict(family_comparisons(models))}),
        )


def _of_models(config: ScheduleConfig, models: Container[str]) -> ScheduleConfig:
    """The schedule of those models that there are."""
    if config.nightly.models is None:
        return config
    there = tuple(model for model in config.nightly.models if model in models)
    nightly = config.nightly.model_copy(update={"models": there})
    return config.model_copy(update={"nightly": nightly})


def _read_project(folder: Path | None) -> _Read:
    folder, faults = folder or configs_folder(), list[ConfigFault]()
    dataset_files = _yaml_files(folder / "datasets", faults)
    analysis_files = _yaml_files(folder / "analyses", faults)
    model_files = _yaml_files(folder / "models", faults)
    place = folder / "comparisons"
    comparison_files = _yaml_files(place, faults) if place.exists() else []
    datasets = _read_files(dataset_files, faults, lambda *_: DatasetConfig)
    models: Files[Model] = _read_files(model_files, faults, _model_kind)
    analyses = _read_files(analysis_files, faults, lambda *_: AnalysisConfig)
    schedules = _read_files(_there(folder / "schedules.yaml"), faults, lambda *_: ScheduleConfig)
    comparisons = _read_files(comparison_files, faults, lambda *_: ComparisonConfig)
    _read_engine(folder, faults)
    faults += _shared_names(dataset=dataset_files, model=model_files, comparison=comparison_files)
    faults += cross_check(datasets, models, analyses, schedules, comparisons)
    return _Read(folder, datasets, models, analyses, schedules, comparisons, faults)


def _read_engine(folder: Path, faults: list[ConfigFault]) -> EngineConfig:
    found = _read_files(_there(folder / "engine.yaml"), faults, lambda *_: EngineConfig)
    return found.parsed.get("engine", EngineConfig())


def _there(path: Path) -> list[Path]:
    return [path] if path.exists() else []


def load_engine(folder: Path | None = None) -> EngineConfig:
    """Reads ``engine.yaml`` below ``folder``, which may be left out.

    Raises ConfigurationError with its faults.
    """
    folder, faults = folder or configs_folder(), list[ConfigFault]()
    engine = _read_engine(folder, faults)
    if faults:
        raise refuse(folder, faults)
    return engine


def load_project(folder: Path | None = None) -> Project:
    """Reads ``datasets/``, ``models/``, ``analyses/``, ``comparisons/`` and ``schedules.yaml``
    below ``folder``; the last two may be left out.

    Raises ConfigurationError with every fault of every file: the file and its line, the path
    inside it, what was found and expected, and what was probably meant.
    """
    read = _read_project(folder)
    if read.faults:
        raise refuse(read.folder, read.faults)
    return read.project()


def load_sound_project(
    folder: Path | None = None,
) -> tuple[Project, ConfigurationError | None]:
    """What ``load_project`` reads, without the files that have a fault and what refers to them; and
    the error that names every fault, None where there is none.

    Raises that error where a whole folder is missing.
    """
    read = _read_project(folder)
    if not read.faults:
        return read.project(), None
    error = refuse(read.folder, read.faults)
    if any(fault.file.suffix not in (".yaml", ".yml") for fault in read.faults):
        raise error
    return read.project(), error
