"""Dagster's history in PostgreSQL: chosen by configuration, shared, and its failures in words."""

import os
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import dagster_postgres.utils
import pytest
import sqlalchemy as sa
import yaml
from typer.testing import CliRunner

from pipelines.cli.doctor import examine
from pipelines.cli.main import app
from pipelines.orchestration import dagster_database
from pipelines.orchestration.dagster_home import SETTINGS, prepare_home
from pipelines.orchestration.dagster_instance import open_instance
from rnnvis_assets.configuration.load_project import load_engine
from rnnvis_assets.corpus import corpus_stage
from rnnvis_assets.engine.stage import RunContext, StageOutput
from tests.pipelines.postgresql_server import PASSWORD, PostgresqlServer, run_postgresql
from tests.pipelines.tiny_project import environment, write_project, write_yaml
from warehouse.error_words import in_words
from warehouse.errors import ConfigurationError, InstallationError, StorageError
from warehouse.storage import CHECKOUT, Storage

pytestmark = pytest.mark.end_to_end

UNREACHABLE = "postgresql://rnnvis@127.0.0.1:1/rnnvis"


@pytest.fixture
def project(tmp_path, monkeypatch) -> Storage:
    """A tiny project whose engine.yaml tests write."""
    configs, storage = write_project(tmp_path), Storage(tmp_path / "storage")
    for name, value in environment(configs, storage.root).items():
        monkeypatch.setenv(name, value)
    return storage


def _keep_in(storage: Storage, address: str | None) -> Path:
    write_yaml(storage.root.parent / "configs" / "engine.yaml", {"dagster": {"storage": address}})
    return storage.dagster_home / "dagster.yaml"


@pytest.mark.parametrize("form", ["postgres", "postgresql", "postgresql+psycopg2"])
def test_an_address_gets_the_driver_that_is_installed(form, project):
    _keep_in(project, f"{form}://me@host:5432/history?sslmode=require")
    expected = "postgresql+psycopg2://me@host:5432/history?sslmode=require"
    assert load_engine().dagster.storage == expected
    assert sa.create_engine(expected).driver == "psycopg2"


@pytest.mark.parametrize("address", ["mysql://host/history", "postgresql://host", "host:5432"])
def test_another_address_is_refused(address, project):
    _keep_in(project, address)
    with pytest.raises(
        ConfigurationError, match=r"engine.yaml:2: dagster.storage: .*postgresql://"
    ):
        load_engine()


def test_dagsters_settings_follow_the_configuration(project):
    settings = _keep_in(project, UNREACHABLE)
    prepare_home(project)
    url = UNREACHABLE.replace("postgresql:", "postgresql+psycopg2:")
    storage = {"postgres": {"postgres_url": url}}
    assert yaml.safe_load(settings.read_text("utf-8")) == {**SETTINGS, "storage": storage}
    _keep_in(project, None)
    prepare_home(project)
    assert yaml.safe_load(settings.read_text("utf-8")) == SETTINGS


@pytest.mark.parametrize("own", ["storage:\n  postgres:\n    postgres_url: mine\n", "nux: {}\n"])
def test_settings_of_the_users_own_stay_and_a_contradiction_is_refused(own, project):
    settings = _keep_in(project, None)
    settings.parent.mkdir(parents=True)
    settings.write_text(own, "utf-8")
    prepare_home(project)
    _keep_in(project, UNREACHABLE)
    with pytest.raises(ConfigurationError, match="keeps Dagster's history in another place") as it:
        prepare_home(project)
    assert settings.read_text("utf-8") == own
    added = it.value.repair.partition("\n")[2]
    settings.write_text(f"nux: {{}}\n{added}", "utf-8")
    prepare_home(project)


def test_a_missing_package_is_named_with_its_extra(project, monkeypatch):
    _keep_in(project, UNREACHABLE)
    there = {"dagster_postgres": find_spec("dagster_postgres"), "psycopg2": None}
    monkeypatch.setattr(dagster_database, "find_spec", there.get)
    with pytest.raises(InstallationError, match=r"psycopg2 must .*\n.*'rnnvis\[postgres\]'"):
        open_instance(project)


def test_a_server_that_is_not_there_is_named(project):
    _keep_in(project, UNREACHABLE)
    with pytest.raises(Exception, match="refused") as caught:
        open_instance(project)
    said = in_words(caught.value)
    assert isinstance(said, StorageError)
    assert '"127.0.0.1", port 1' in said.message
    assert said.repair.startswith("start the server, or correct dagster.storage in configs/engine")
    (found,) = [finding for finding in examine() if finding.subject == "history"]
    assert (found.verdict, found.text) == ("wrong", said.message)


@pytest.fixture(scope="module")
def postgresql() -> Iterator[PostgresqlServer]:
    with run_postgresql() as server:
        yield server


@pytest.fixture
def kept_there(project, postgresql, monkeypatch) -> Storage:
    _keep_in(project, postgresql.address)
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    return project


def test_a_wrong_password_is_said_and_never_shown(kept_there, monkeypatch):
    monkeypatch.setenv("PGPASSWORD", "not-it")
    with pytest.raises(Exception, match="authentication failed") as caught:
        open_instance(kept_there)
    said = str(in_words(caught.value))
    assert "export PGPASSWORD=" in said
    assert "not-it" not in said


VERSION = sa.table("alembic_version")
OPEN = """
from pipelines.orchestration.dagster_instance import open_instance
from warehouse.storage import Storage
with open_instance(Storage.from_environment()) as instance:
    assert instance.get_runs() == []
    assert "Postgres" in type(instance.run_storage).__name__
"""


def test_machines_that_create_the_tables_at_once_all_can(kept_there, tmp_path):
    """Each has a home of its own, so no lock of files keeps them apart."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", OPEN],
            cwd=CHECKOUT,
            env={**os.environ, "DAGSTER_HOME": str(tmp_path / name)},
        )
        for name in ("one", "other")
    ]
    assert [process.wait() for process in processes] == [0, 0]
    engine = sa.create_engine(load_engine().dagster.storage)
    with engine.connect() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(VERSION)).scalar() == 1


def test_a_server_that_stops_in_mid_run_is_said_and_the_command_can_be_repeated(
    kept_there, postgresql, monkeypatch
):
    make_corpus = corpus_stage.make_corpus

    def stop_first(context: RunContext, dataset: str) -> StageOutput:
        postgresql.stop()
        return make_corpus(context, dataset)

    with monkeypatch.context() as patch:
        patch.setattr(corpus_stage, "make_corpus", stop_first)
        patch.setattr(
            dagster_postgres.utils, "calculate_delay", lambda **_: 0
        )  # a minute of waiting
        stopped = CliRunner().invoke(app, ["materialize", "tiny_reviews"])
    postgresql.start()
    assert isinstance(stopped.exception, StorageError), stopped.output
    assert stopped.exception.message.startswith("Dagster's history in PostgreSQL: ")
    assert "start the server" in stopped.exception.repair
    again = CliRunner().invoke(app, ["materialize", "tiny_reviews"])
    assert again.exit_code == 0, again.output
    assert "tiny_reviews: " in again.output
