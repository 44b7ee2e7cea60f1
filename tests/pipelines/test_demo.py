import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.cli import servers as demo
from rnnvis_assets.configuration.load_project import load_project
from viewer.server import app
from warehouse.storage import Storage


def test_the_demo_is_made_of_configured_models_the_first_of_them_shown() -> None:
    models = load_project().models
    assert set(demo.DEMO_MODELS) <= set(models)
    assert demo.DEMO_MODELS[0] in demo.FIRST_VIEW


@pytest.fixture
def deadly_sigterm() -> Iterator[None]:
    """Dagster gives SIGTERM the handler of SIGINT, and a shell lets processes that it starts in the
    background ignore SIGINT; processes that these start would ignore both."""
    before = signal.signal(signal.SIGTERM, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.mark.usefixtures("deadly_sigterm")
def test_the_analysis_runs_next_to_the_server_and_ends_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[subprocess.Popen[bytes]] = []

    def start(command: list[str]) -> subprocess.Popen[bytes]:
        assert command[-len(demo.DEMO_MODELS) :] == list(demo.DEMO_MODELS)
        started.append(real([sys.executable, "-c", "import time; time.sleep(60)"]))
        return started[0]

    def serve(storage: Storage, port: int) -> None:
        deadline = time.monotonic() + 60
        while not started and time.monotonic() < deadline:
            time.sleep(0.01)
        assert started[0].poll() is None
        raise KeyboardInterrupt

    real = subprocess.Popen
    monkeypatch.setattr(demo.subprocess, "Popen", start)
    monkeypatch.setattr(app, "serve", serve)
    with pytest.raises(KeyboardInterrupt):
        demo.run_demo(Storage(tmp_path), port=1)
    assert started[0].returncode == -signal.SIGTERM
