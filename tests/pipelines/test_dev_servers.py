"""``dagster dev`` and ``dg dev``, started plainly in a checkout, use the storage root's history."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
import yaml

from pipelines.orchestration.dagster_instance import SETTINGS
from tests.pipelines.tiny_project import write_project
from warehouse.storage import CHECKOUT

pytestmark = pytest.mark.slow
PATIENCE_SECONDS = 600
BINARIES = Path(sys.executable).parent
COPIED = (".env", "dagster.yaml", "pyproject.toml", "pipelines", "rnnvis_assets", "warehouse")
QUERY = "{ instance { info poolConfig { defaultPoolLimit } } }"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The parts of a fresh clone that Dagster needs, over a tiny project."""
    for name in COPIED:
        copy = shutil.copytree if (CHECKOUT / name).is_dir() else shutil.copy
        copy(CHECKOUT / name, tmp_path / name)
    write_project(tmp_path)
    return tmp_path


def _environment(checkout: Path) -> dict[str, str]:
    """A person's shell in which nothing of ours is set."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("RNNVIS_", "DAGSTER_"))
    }
    return kept | {"PYTHONPATH": str(checkout), "PATH": f"{BINARIES}:{os.environ['PATH']}"}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def answer(request: pytest.FixtureRequest, checkout: Path) -> Iterator[dict[str, object]]:
    """What the server of the command says of its instance."""
    port, log = _free_port(), checkout / "server.log"
    with log.open("w") as out:
        server = subprocess.Popen(
            [*request.param, "--port", str(port)], cwd=checkout, env=_environment(checkout),
            stdout=out, stderr=out, start_new_session=True,
        )  # fmt: skip
        try:
            yield _ask(port, server, log)
        finally:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()


def _ask(port: int, server: subprocess.Popen[bytes], log: Path) -> dict[str, object]:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/graphql",
        json.dumps({"query": QUERY}).encode(),
        {"Content-Type": "application/json"},
    )
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            with urllib.request.urlopen(request) as reply:
                return json.load(reply)["data"]["instance"]
        except OSError:
            ended = server.poll() is not None or time.monotonic() > deadline
            assert not ended, log.read_text("utf-8")
            time.sleep(0.5)


@pytest.mark.parametrize(
    "answer", [("dagster", "dev"), ("dg", "dev", "--use-active-venv")], indirect=True
)
def test_a_plain_dev_server_keeps_its_history_in_the_storage(answer, checkout):
    home = checkout / "storage" / "dagster"
    assert answer["poolConfig"]["defaultPoolLimit"] == 1
    assert yaml.safe_load(answer["info"])["concurrency"] == SETTINGS["concurrency"]
    with dg.DagsterInstance.from_config(str(home)) as instance:
        assert (home / "history" / "runs.db").exists()
        assert instance.get_runs() == []


def test_the_checkouts_settings_are_those_of_the_command():
    committed = yaml.safe_load((CHECKOUT / "dagster.yaml").read_text("utf-8"))
    assert {name: committed[name] for name in SETTINGS} == SETTINGS
    assert set(committed) == {*SETTINGS, "storage", "local_artifact_storage", "compute_logs"}
