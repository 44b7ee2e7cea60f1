"""Trainings that are under way, from the very file that a training saves."""

import re
from pathlib import Path
from typing import Any

import pytest
import torch

from rnnvis_assets.checkpoint import training_state
from rnnvis_assets.checkpoint.hardware import Origin
from rnnvis_assets.checkpoint.training_progress import TrainingProgress
from rnnvis_assets.checkpoint.training_state import SavedState, write_state
from rnnvis_assets.checkpoint.training_task import PredictionSums
from viewer.data.running_trainings import STATE_FILE, running_trainings, saved_log
from viewer.views.running_list import RunningList, curves_svg
from warehouse.live_progress import published_progress
from warehouse.storage import Storage

NORMS = dict.fromkeys(
    ("gradient_norm", "gradient_norm_embedding", "gradient_norm_rnn", "gradient_norm_decoder"), 2.5
)


def _save(path: Path, losses: list[float]) -> list[dict[str, Any]]:
    progress = TrainingProgress()
    for step, loss in enumerate(losses, 1):
        progress.step = step
        progress.window = progress.window.add(
            PredictionSums(loss_sum=10 * loss, predictions=10, correct=5, tokens=40), NORMS, 0.5
        )
        progress.log_training("accuracy", 0.5, 0.01)
    progress.log_validation(0.75, "accuracy", 0.625, 0.01)
    state = SavedState(
        {"network.weight": torch.ones(3)},
        Origin("here", "cpu", "float32", {"torch": "2"}),
        {"progress": progress.to_json()},
    )
    path.parent.mkdir(parents=True)
    write_state(path, "0123", state)
    return [dict(row) for row in progress.log]


def test_the_log_is_read_from_the_saved_state(tmp_path: Path) -> None:
    assert STATE_FILE == training_state.STATE_FILE
    path = tmp_path / "m" / STATE_FILE
    assert saved_log(path) == ()
    assert [dict(row) for row in saved_log(path)] != (log := _save(path, [0.7, 0.6]))
    assert [dict(row) for row in saved_log(path)] == log
    path.write_bytes(b"no state")
    assert saved_log(path) == ()


def test_a_running_training_shows_its_figures_and_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("warehouse.live_progress.WRITE_SECONDS", 0)
    storage = Storage(tmp_path)
    listed = RunningList(storage)
    assert not listed.pane.visible
    progress = storage.progress("m", "checkpoint")
    with published_progress(progress, "checkpoint", lambda _: None) as report:
        report("m: epoch 1/2  34%  loss 0.650  81 tokens/s  3 min left")
        listed.look()
        assert "m is being trained" in listed.pane.object
        assert "<svg" not in listed.pane.object
        _save(storage.checkpoint("m") / STATE_FILE, [0.7, 0.6])
        listed.look()
        shown = re.sub("<[^>]+>", " ", listed.pane.object)
        for part in (
            "34\N{NO-BREAK SPACE}%",
            "3 min left",
            "0.600",
            "Accuracy",
            "0.625",
            "Gradient norm",
            "2.5",
            "80",
        ):
            assert part in shown
        assert listed.pane.object.count("<polyline") == 2 + len(NORMS)
    listed.look()
    assert not listed.pane.visible
    assert running_trainings(storage) == []


def test_curves_share_a_scale_that_they_fill() -> None:
    svg = curves_svg([[(0, 3.0), (10, 1.0)], [(5, 2.0)]], "loss")
    assert re.findall(r'points="([^"]*)"', svg) == ["0.0,1.0 180.0,29.0", "90.0,15.0"]
    assert "stroke-dasharray" in svg
