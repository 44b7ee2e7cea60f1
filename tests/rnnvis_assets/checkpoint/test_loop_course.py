"""The course of a training: when it stops, what it logs, what it tells."""

import math
import re
from pathlib import Path

import pytest
import torch

from rnnvis_assets.checkpoint import training_loop, training_run
from rnnvis_assets.checkpoint.training_loop import TrainingResult
from rnnvis_assets.checkpoint.training_task import PredictionSums
from tests.rnnvis_assets.checkpoint.small_runs import (
    make_config,
    make_reviews,
    make_text,
    run_training,
)
from warehouse.schema import TRAINING_LOG

TEXT, REVIEWS = make_text(), make_reviews()


class ScriptedTask:
    """A task whose validation losses are given beforehand."""

    metric = "perplexity"
    batches_per_epoch = 2

    def __init__(self, losses: list[float]) -> None:
        self._losses = iter(losses)

    def compute_gradients(self, network, epoch, number, state):
        for parameter in network.parameters():
            parameter.grad = torch.ones_like(parameter)
        return PredictionSums(1.0, 1, tokens=1), state

    def value(self, sums: PredictionSums) -> float:
        return sums.loss

    def evaluate(self, network, split) -> dict[str, float]:
        loss = next(self._losses)
        return {"loss": loss, "perplexity": math.exp(loss)}

    def score(self, figures: dict[str, float]) -> tuple[float, float]:
        return -figures["loss"], 0.0


def run_script(
    losses: list[float], patience: int | None, path: Path, monkeypatch: pytest.MonkeyPatch
) -> TrainingResult:
    monkeypatch.setattr(training_loop, "build_task", lambda *_: ScriptedTask(losses))
    config = make_config(epochs=len(losses), early_stopping_patience=patience)
    return run_training(TEXT, config, path)


@pytest.mark.parametrize(
    ("patience", "epochs", "best"), [(None, 6, 5), (0, 3, 1), (1, 4, 1), (2, 6, 5)]
)
def test_early_stopping(
    patience: int | None, epochs: int, best: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    losses = [3.0, 2.0, 2.5, 2.1, 1.0, 0.9]
    trained = run_script(losses, patience, tmp_path / "state", monkeypatch)
    assert sum(row["split"] == "validation" for row in trained.log) == epochs
    assert trained.best_epoch == best


def test_log(tmp_path: Path) -> None:
    config = make_config(batch_size=2, steps=3, schedule={"kind": "cosine"})
    log = run_training(TEXT, config, tmp_path / "state").log
    assert all(set(row) == {column.name for column in TRAINING_LOG.columns} for row in log)
    assert len({(row["step"], row["split"]) for row in log}) == len(log)
    train = [row for row in log if row["split"] == "train"]
    validation = [row for row in log if row["split"] == "validation"]
    assert len(train) == 3 * training_run.ROWS_PER_EPOCH
    assert [row["step"] for row in validation] == [50, 100, 150]
    assert [row["epoch"] for row in validation] == [0, 1, 2]
    assert all(row["value"] == pytest.approx(math.exp(row["loss"])) for row in log)
    assert [row["seconds"] for row in log] == sorted(row["seconds"] for row in log)
    assert validation[0]["gradient_norm"] is validation[0]["tokens_per_second"] is None
    for row in train:
        groups = [row[f"gradient_norm_{group}"] for group in ("embedding", "rnn", "decoder")]
        assert max(groups) <= row["gradient_norm"] <= sum(groups)
    rates = [row["learning_rate"] for row in train]
    assert rates == sorted(rates, reverse=True)


def test_progress_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rnnvis_assets.checkpoint.training_progress.LINE_SECONDS", 0.0)
    lines: list[str] = []
    run_training(TEXT, make_config(), tmp_path / "state", lines=lines)
    assert re.fullmatch(
        r"training 1,\d\d\d parameters on .+, 1 thread in float32 by torch [\d.+a-z]+", lines[0]
    )
    assert re.fullmatch(
        r"epoch 1/3 +\d+%  loss \d\.\d{3}  perplexity [\d.]+  [\d,]+ tokens/s  \d+ s left", lines[1]
    )
    assert re.match(r"epoch 3/3 done  validation loss \d\.\d{3}  perplexity [\d.]+", lines[-1])
