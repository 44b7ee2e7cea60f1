"""One analysed tiny project for all tests that only look at it."""

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import dagster as dg
import pytest
from typer.testing import CliRunner, Result

from pipelines.cli.main import app
from pipelines.orchestration.build_definitions import build_defs
from pipelines.orchestration.dagster_instance import open_instance
from pipelines.orchestration.runs import RunReport, materialise_all
from pipelines.orchestration.stage_registry import DATASET_STAGES, MODEL_STAGES
from rnnvis_assets.configuration.load_project import load_project
from rnnvis_assets.engine.run_stage import run_stage
from rnnvis_assets.engine.stage import RunContext
from tests.pipelines.tiny_project import DATASETS, MODELS, environment, write_project
from tests.pipelines.watched_reads import Reads, watch
from warehouse.storage import Storage


@dataclass(frozen=True)
class Analysed:
    """A project whose models went through Dagster once."""

    configs: Path
    storage: Storage
    instance: dg.DagsterInstance
    reports: list[RunReport]

    @property
    def definitions(self) -> dg.Definitions:
        return build_defs(self.configs, self.storage.root)

    @property
    def context(self) -> RunContext:
        return self.context_in(self.storage)

    def context_in(self, storage: Storage) -> RunContext:
        """The same project over another storage."""
        return RunContext(load_project(self.configs), storage, lambda _: None)

    def materialise(self, *models: str) -> dict[str, RunReport]:
        reports = materialise_all(
            models or tuple(MODELS), self.definitions, self.instance, self.context
        )
        return {report.name: report for report in reports}


@pytest.fixture
def workshop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Analysed]:
    """A fresh tiny project, nothing run yet."""
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "storage" / "dagster"))
    storage = Storage(tmp_path / "storage")
    with open_instance(storage) as instance:
        yield Analysed(write_project(tmp_path), storage, instance, [])


@pytest.fixture(scope="package")
def analysed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Analysed]:
    """A tiny project, both models analysed; tests leave it as it is."""
    folder = tmp_path_factory.mktemp("analysed")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DAGSTER_HOME", str(folder / "storage" / "dagster"))
        storage = Storage(folder / "storage")
        configs = write_project(folder)
        with open_instance(storage) as instance:
            project = Analysed(configs, storage, instance, [])
            reports = list(project.materialise().values())
            yield Analysed(configs, storage, instance, reports)


@dataclass(frozen=True)
class Repeated:
    """The same models analysed once more without Dagster, in a storage of their own; what each run
    of a stage read, by the stage's name and what it ran for."""

    context: RunContext
    reads: Mapping[tuple[str, str], Reads]


STAGE_RUNS = {
    f"{asset.stage.name} of {name}": (asset.stage, name)
    for assets, names in ((DATASET_STAGES, DATASETS), (MODEL_STAGES, MODELS))
    for name in names
    for asset in assets
}
"""Every stage of the project with what it runs for, in order, by a name for tests."""


@pytest.fixture(scope="package")
def repeated(analysed: Analysed, tmp_path_factory: pytest.TempPathFactory) -> Repeated:
    context = analysed.context_in(Storage(tmp_path_factory.mktemp("repeated") / "storage"))
    reads = {}
    for stage, partition in STAGE_RUNS.values():
        reads[stage.name, partition] = seen = Reads()
        watched = replace(stage, run=watch(stage.run, seen), code=stage.code_of)
        run_stage(watched, context, partition)
    return Repeated(context, reads)


@pytest.fixture
def kept(analysed: Analysed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Analysed]:
    """A copy of the analysed project with its history, to be changed."""
    storage, configs = Storage(tmp_path / "storage"), tmp_path / "configs"
    monkeypatch.setenv("DAGSTER_HOME", str(storage.dagster_home))
    shutil.copytree(analysed.storage.root, storage.root)
    shutil.copytree(analysed.configs, configs)
    with open_instance(storage) as instance:
        yield replace(analysed, configs=configs, storage=storage, instance=instance)


def run_command(project: Analysed, *arguments: str, answer: str | None = None) -> Result:
    """``rnnvis`` with these arguments, ``answer`` typed where it asks."""
    env = environment(project.configs, project.storage.root)
    return CliRunner().invoke(app, arguments, input=answer, env=env)
