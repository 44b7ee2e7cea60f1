"""Runs that cannot go on: what is not finite stops them, and the last good state is kept."""

import errno
import math
from pathlib import Path

import pytest
from safetensors.torch import load_file

from rnnvis_assets.checkpoint.classification_task import ClassificationTask
from tests.rnnvis_assets.checkpoint.interruption import KilledError, killed_after
from tests.rnnvis_assets.checkpoint.small_runs import (
    every_steps,
    make_config,
    make_reviews,
    make_text,
    run_training,
)
from warehouse.errors import StorageError, TrainingError

TEXT, REVIEWS = make_text(), make_reviews()


def explode(at: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The gradient of step ``at`` is NaN."""
    original, seen = ClassificationTask.compute_gradients, 0

    def compute(self, network, *rest):
        nonlocal seen
        seen += 1
        outcome = original(self, network, *rest)
        if seen == at:
            network.decoder.bias.grad.fill_(math.nan)
        return outcome

    monkeypatch.setattr(ClassificationTask, "compute_gradients", compute)


def test_nan_stops_and_keeps_the_last_good_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "state"
    config = make_config(cell="gru")
    explode(at=8, monkeypatch=monkeypatch)
    with pytest.raises(TrainingError) as caught:
        run_training(REVIEWS, config, path, save_due=every_steps(3))
    assert "step 8: the norm of the gradient is nan" in caught.value.message
    assert f"the good state of step 6 is kept in {path}" in caught.value.message
    assert "learning_rate" in caught.value.repair
    assert all(tensor.isfinite().all() for tensor in load_file(path).values())


def test_nan_before_any_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    explode(at=1, monkeypatch=monkeypatch)
    with pytest.raises(TrainingError, match=r"step 1: .* before a state was saved"):
        run_training(REVIEWS, make_config(cell="gru"), tmp_path / "state")
    assert not (tmp_path / "state").exists()


def test_weights_that_are_not_finite_are_never_saved(tmp_path: Path) -> None:
    config = make_config(
        optimizer="sgd", learning_rate=1e38, gradient_clipping=1e30, schedule={"kind": "constant"}
    )
    with pytest.raises(TrainingError, match=r"not finite|is nan|is inf"):
        run_training(TEXT, config, tmp_path / "state", save_due=every_steps(1))
    if (tmp_path / "state").exists():
        assert all(tensor.isfinite().all() for tensor in load_file(tmp_path / "state").values())


def test_full_disk_keeps_the_last_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "state"
    with pytest.raises(KilledError):
        run_training(TEXT, make_config(), path, save_due=killed_after(8, 4))
    before = path.read_bytes()

    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", refuse)
        with pytest.raises(StorageError, match="the disk is full"):
            run_training(TEXT, make_config(), path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
