"""One analysed tiny project for all tests that only look at it, and copies for the others."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from dagster._core.storage.event_log.sqlite import sqlite_event_log
from dagster._core.storage.runs.sqlite import sqlite_run_storage
from dagster._core.storage.schedules.sqlite import sqlite_schedule_storage
from sqlalchemy import Engine, event
from typer.testing import CliRunner, Result

from pipelines.cli.main import app
from tests.pipelines.shared_analysis import Analysed, copy_analysed, copy_home, open_project
from tests.pipelines.tiny_project import environment, write_project


@event.listens_for(Engine, "connect")
def _leave_writing_to_the_system(connection: object, _: object) -> None:
    """No test cuts the power: Dagster's databases need not wait for the disk."""
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA synchronous = OFF")


def _keep_engines(module: ModuleType) -> None:
    """Dagster makes an engine for each of its queries, which is then compiled again; the engines
    keep no connection."""
    make, made = module.create_engine, dict[str, Engine]()

    def create_engine(url: str, **options: Any) -> Engine:
        if url not in made:
            made[url] = make(url, **options)
        return made[url]

    vars(module)["create_engine"] = create_engine


for _module in (sqlite_event_log, sqlite_run_storage, sqlite_schedule_storage):
    _keep_engines(_module)


@pytest.fixture
def workshop(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Iterator[Analysed]:
    """A fresh tiny project, nothing run yet."""
    write_project(tmp_path)
    copy_home(tmp_path_factory, tmp_path)
    with open_project(tmp_path) as project:
        yield project


@pytest.fixture(scope="package")
def analysed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Analysed]:
    """A tiny project, both models analysed; tests leave it as it is."""
    with open_project(copy_analysed(tmp_path_factory, tmp_path_factory.mktemp("copy"))) as project:
        yield project


@pytest.fixture
def kept(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Iterator[Analysed]:
    """A copy of the analysed project with its history, to be changed."""
    with open_project(copy_analysed(tmp_path_factory, tmp_path)) as project:
        yield project


def run_command(project: Analysed, *arguments: str, answer: str | None = None) -> Result:
    """``rnnvis`` with these arguments, ``answer`` typed where it asks."""
    env = environment(project.configs, project.storage.root)
    return CliRunner().invoke(app, arguments, input=answer, env=env)
