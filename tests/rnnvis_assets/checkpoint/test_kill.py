"""A training process that is really killed, at a step that differs from run to run."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from tests.rnnvis_assets.checkpoint.killable import make_run
from tests.rnnvis_assets.checkpoint.small_runs import run_training

pytestmark = pytest.mark.end_to_end

CHECKOUT = Path(__file__).parents[3]
PATIENCE_SECONDS = 120


def kill_while_training(name: str, path: Path) -> None:
    """Starts training, waits for a few saved states, and kills it in the middle of whatever."""
    command = [sys.executable, "-m", "tests.rnnvis_assets.checkpoint.killable", name, str(path)]
    process = subprocess.Popen(command, cwd=CHECKOUT)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not path.exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.001)
    time.sleep(random.uniform(0, 0.2))
    process.send_signal(signal.SIGKILL)
    assert process.wait() in (-signal.SIGKILL, 0)


@pytest.mark.parametrize("name", ["text", "reviews"])
def test_killed_process_leaves_a_state_to_go_on_from(name: str, tmp_path: Path) -> None:
    path, lines = tmp_path / "state", []
    expected = run_training(*make_run(name), tmp_path / "whole")
    kill_while_training(name, path)
    resumed = run_training(*make_run(name), path, lines=lines)
    assert "goes on after step" in lines[0] or "already trained" in lines[0]
    for tensor, other in zip(resumed.weights.values(), expected.weights.values(), strict=True):
        assert torch.equal(tensor, other)
