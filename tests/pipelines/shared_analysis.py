"""The tiny project, analysed once for all processes of a test run; each works on copies."""

import pickle
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import pytest

from pipelines.orchestration.build_definitions import build_defs
from pipelines.orchestration.dagster_instance import open_instance
from pipelines.orchestration.runs import RunReport, materialise_all
from rnnvis_assets.configuration.load_project import load_project
from rnnvis_assets.engine.stage import RunContext
from tests.made_once import made_once
from tests.pipelines.tiny_project import MODELS, write_project
from warehouse.storage import Storage

REPORTS = "reports.pickle"


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


@contextmanager
def open_project(folder: Path) -> Iterator[Analysed]:
    """The project in ``folder`` with its own history, whatever the environment says."""
    storage, reports = Storage(folder / "storage"), folder / REPORTS
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DAGSTER_HOME", str(storage.dagster_home))
        patch.delenv("RNNVIS_MIRROR", raising=False)  # as in `environment`: it decides the tagger
        with open_instance(storage) as instance:
            found = pickle.loads(reports.read_bytes()) if reports.exists() else []
            yield Analysed(folder / "configs", storage, instance, found)


def _analyse(folder: Path) -> None:
    write_project(folder)
    with open_project(folder) as project:
        reports = list(project.materialise().values())
    (folder / REPORTS).write_bytes(pickle.dumps(reports))


def copy_analysed(factory: pytest.TempPathFactory, folder: Path) -> Path:
    """A copy of the analysed project with its history in ``folder``."""
    analysed = made_once(factory, "analysed", _analyse)
    return Path(shutil.copytree(analysed, folder, dirs_exist_ok=True))


def _make_home(folder: Path) -> None:
    with open_project(folder):
        pass


def copy_home(factory: pytest.TempPathFactory, folder: Path) -> None:
    """A history without runs in ``folder``: to create its databases takes longer than to copy."""
    shutil.copytree(made_once(factory, "home", _make_home), folder, dirs_exist_ok=True)
