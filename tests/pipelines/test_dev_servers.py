"""``dagster dev`` and ``dg dev``, started plainly in a checkout, use the storage root's history."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
import yaml

from pipelines.orchestration.dagster_home import SETTINGS
from tests.checkout_copy import copy_checkout
from tests.pipelines.dagster_pages import PATIENCE_SECONDS, RUNS, DagsterPages, free_port
from tests.pipelines.shared_analysis import copy_analysed
from tests.pipelines.tiny_project import write_project
from warehouse.storage import CHECKOUT

pytestmark = pytest.mark.end_to_end
BINARIES = Path(sys.executable).parent
COPIED = (".env", "dagster.yaml", "pyproject.toml", "pipelines", "rnnvis_assets", "warehouse")
INSTANCE = "{ instance { info poolConfig { defaultPoolLimit } } }"
OF_MODEL = {"key": "dagster/partition", "value": "tiny-gru"}
AGAIN = """mutation { launchRunReexecution(
  reexecutionParams: { parentRunId: "RUN", strategy: ALL_STEPS }
) { __typename ... on PythonError { message } } }"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The parts of a fresh clone that Dagster needs, over a tiny project."""
    copy_checkout(COPIED, tmp_path)
    write_project(tmp_path)
    return tmp_path


@pytest.fixture
def history(tmp_path_factory: pytest.TempPathFactory, checkout: Path) -> None:
    """The models were analysed, by the command line, before a server was started."""
    copy_analysed(tmp_path_factory, checkout)


def _environment(checkout: Path) -> dict[str, str]:
    """A person's shell in which nothing of ours is set."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("RNNVIS_", "DAGSTER_"))
    }
    return kept | {"PYTHONPATH": str(checkout), "PATH": f"{BINARIES}:{os.environ['PATH']}"}


@pytest.fixture
def server(request: pytest.FixtureRequest, checkout: Path) -> Iterator[DagsterPages]:
    port, log = free_port(), checkout / "server.log"
    with log.open("w") as out:
        process = subprocess.Popen(
            [*request.param, "--port", str(port)], cwd=checkout, env=_environment(checkout),
            stdout=out, stderr=out, start_new_session=True,
        )  # fmt: skip
        try:
            yield DagsterPages(port, process, log)
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


DAGSTER, DG = ("dagster", "dev"), ("dg", "dev", "--use-active-venv")


@pytest.mark.parametrize("server", [DAGSTER], indirect=True)
def test_a_plain_dev_server_keeps_its_history_in_the_storage(server, checkout):
    answer, home = server.ask(INSTANCE)["instance"], checkout / "storage" / "dagster"
    assert answer["poolConfig"]["defaultPoolLimit"] == 1
    assert yaml.safe_load(answer["info"])["concurrency"] == SETTINGS["concurrency"]
    with dg.DagsterInstance.from_config(str(home)) as instance:
        assert (home / "history" / "runs.db").exists()
        assert instance.get_runs() == []


@pytest.mark.parametrize("server", [DG], indirect=True)
def test_a_run_of_the_command_line_is_run_again_from_the_pages(history, server):
    runs = server.ask(RUNS)["runsOrError"]["results"]
    (first,) = [run for run in runs if OF_MODEL in run["tags"]]
    assert (first["jobName"], first["status"]) == ("analyse_model", "SUCCESS")
    launched = server.ask(AGAIN.replace("RUN", first["runId"]))["launchRunReexecution"]
    assert launched == {"__typename": "LaunchRunSuccess"}
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (again := server.ask(RUNS)["runsOrError"]["results"][0])["status"] != "SUCCESS":
        assert again["status"] != "FAILURE"
        assert time.monotonic() < deadline, server.log.read_text("utf-8")
        time.sleep(0.5)
    assert again["runId"] != first["runId"]


def test_the_checkouts_settings_are_those_of_the_command():
    committed = yaml.safe_load((CHECKOUT / "dagster.yaml").read_text("utf-8"))
    assert {name: committed[name] for name in SETTINGS} == SETTINGS
    assert set(committed) == {*SETTINGS, "storage", "local_artifact_storage", "compute_logs"}
