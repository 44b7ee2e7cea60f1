"""Dagster's webserver, daemon and code server, each by itself over one history in PostgreSQL."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from pipelines.cli.dagster_processes import dagster_command
from tests.pipelines.dagster_pages import PATIENCE_SECONDS, RUNS, DagsterPages, free_port
from tests.pipelines.postgresql_server import PASSWORD, run_postgresql
from tests.pipelines.tiny_project import environment, write_project, write_yaml
from warehouse.errors import ConfigurationError
from warehouse.storage import CHECKOUT, Storage

pytestmark = pytest.mark.end_to_end

MODEL = "tiny-gru"
LAUNCH = """mutation { launchRun(executionParams: {
  selector: { repositoryLocationName: "pipelines.definitions", repositoryName: "__repository__",
    jobName: "analyse_model" }
  executionMetadata: { tags: [{ key: "dagster/partition", value: "tiny-gru" }] }
}) { __typename ... on PythonError { message } } }"""


@pytest.mark.parametrize(
    ("part", "code_server", "said"),
    [
        ("daemon", "4000", "found '4000', expected HOST:PORT"),
        ("all", "localhost:4000", "expected it for webserver or daemon"),
    ],
)
def test_a_code_server_that_cannot_be_used_is_refused(part, code_server, said, tmp_path):
    with pytest.raises(ConfigurationError, match=said):
        dagster_command(part, tmp_path, "127.0.0.1", 3000, code_server)


@contextmanager
def _started(
    folder: Path, env: dict[str, str], port: int, *arguments: str
) -> Iterator[DagsterPages]:
    log = folder / f"{arguments[0]}.log"
    command = [sys.executable, "-m", "pipelines.cli.main", "dagster", *arguments]
    with log.open("w") as out:
        process = subprocess.Popen(
            command, env=env, cwd=CHECKOUT, stdout=out, stderr=out, start_new_session=True
        )
        try:
            yield DagsterPages(port, process, log)
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@pytest.fixture
def pages(tmp_path: Path) -> Iterator[DagsterPages]:
    """The webserver's; the daemon and the code server run too."""
    configs, storage = write_project(tmp_path), Storage(tmp_path / "storage")
    code_port, port = free_port(), free_port()
    with ExitStack() as running:
        postgresql = running.enter_context(run_postgresql())
        write_yaml(configs / "engine.yaml", {"dagster": {"storage": postgresql.address}})
        env = environment(configs, storage.root) | {"PGPASSWORD": PASSWORD}
        of_code = ["--code-server", f"127.0.0.1:{code_port}"]
        for each, *arguments in (
            (code_port, "code-server", "--port", str(code_port)),
            (0, "daemon", *of_code),
            (port, "webserver", "--port", str(port), *of_code),
        ):
            started = _started(tmp_path, env, each, *arguments)
            webserver = running.enter_context(started)
        yield webserver


def _state(pages: DagsterPages) -> str:
    """Of the analysis; its first step starts a run that makes the corpus."""
    runs = pages.ask(RUNS)["runsOrError"]["results"]
    assert not [run for run in runs if run["status"] == "FAILURE"]
    (state,) = [run["status"] for run in runs if run["jobName"] == "analyse_model"]
    return state


def test_an_analysis_through_processes_of_their_own_is_that_of_one_process(
    analysed, pages, tmp_path
):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while "LaunchRunSuccess" not in (answer := str(pages.ask(LAUNCH))):
        # Until the code server has loaded its definitions.
        assert time.monotonic() < deadline, f"{answer}\n{pages.log.read_text('utf-8')}"
        time.sleep(0.5)
    while (state := _state(pages)) != "SUCCESS":
        assert time.monotonic() < deadline, state
        time.sleep(0.5)
    assert not list((tmp_path / "storage").rglob("*.db"))
    released = [
        json.loads(storage.manifest("release", MODEL).read_text("utf-8"))["data_version"]
        for storage in (Storage(tmp_path / "storage"), analysed.storage)
    ]
    assert released[0] == released[1]
