"""How far a training run is and its log, as plain numbers that JSON can hold, and in words."""

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from rnnvis_assets.checkpoint.optimizer import NORMS
from rnnvis_assets.checkpoint.training_task import PredictionSums, Task
from rnnvis_assets.engine.stage import Report

LINE_SECONDS = 5.0

LogRow = Mapping[str, Any]
"""A row of the table ``training_log``."""


@dataclass(frozen=True)
class LogWindow:
    """Sums over the steps since the log's last row of the training split."""

    sums: PredictionSums = field(default_factory=PredictionSums)
    steps: int = 0
    seconds: float = 0.0
    norms: Mapping[str, float] = field(default_factory=lambda: dict.fromkeys(NORMS, 0.0))

    def add(self, sums: PredictionSums, norms: Mapping[str, float], seconds: float) -> "LogWindow":
        """This window and one more step."""
        total = {name: self.norms[name] + norms[name] for name in NORMS}
        return LogWindow(self.sums + sums, self.steps + 1, self.seconds + seconds, total)


@dataclass
class TrainingProgress:
    """Where training stands: ``batch`` batches into ``epoch``, ``step`` optimiser steps taken.

    ``best_score`` is that of the best evaluation of the validation split, in ``best_epoch``.
    """

    epoch: int = 0
    batch: int = 0
    step: int = 0
    seconds: float = 0.0
    best_epoch: int | None = None
    best_score: tuple[float, float] | None = None
    window: LogWindow = field(default_factory=LogWindow)
    log: list[LogRow] = field(default_factory=list)
    finished: bool = False

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "TrainingProgress":
        window = {**content["window"], "sums": PredictionSums(**content["window"]["sums"])}
        score = content["best_score"] and tuple(content["best_score"])
        return cls(**{**content, "window": LogWindow(**window), "best_score": score})

    def log_training(self, metric: str, value: float, learning_rate: float) -> None:
        """Closes the window: one row of the training split."""
        window, self.window = self.window, LogWindow()
        norms = {name: total / window.steps for name, total in window.norms.items()}
        speed = window.sums.tokens / window.seconds
        self._log(
            split="train", loss=window.sums.loss, metric=metric, value=value,
            learning_rate=learning_rate, tokens_per_second=speed, **norms,
        )  # fmt: skip

    def log_validation(self, loss: float, metric: str, value: float, learning_rate: float) -> None:
        """One row of the validation split, which has neither gradients nor a training speed."""
        self._log(
            split="validation", loss=loss, metric=metric, value=value,
            learning_rate=learning_rate, tokens_per_second=None, **dict.fromkeys(NORMS),
        )  # fmt: skip

    def _log(self, **row: Any) -> None:
        stands = {"step": self.step, "epoch": self.epoch, "seconds": self.seconds}
        self.log.append({**stands, **row})


def duration(seconds: float) -> str:
    """A time in words: '41 s', '3 min 05 s', '2 h 10 min'."""
    minutes, rest = divmod(round(seconds), 60)
    if minutes >= 60:
        return f"{minutes // 60} h {minutes % 60:02} min"
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"


class ProgressReporter:
    """Reports, about every five seconds, where training stands and how long it will take."""

    def __init__(self, report: Report, task: Task, epochs: int) -> None:
        self._report = report
        self._task = task
        self._epochs = epochs
        self._steps = 0
        self._sums = PredictionSums()
        self._started = self._reported = time.perf_counter()

    def step(self, progress: TrainingProgress, sums: PredictionSums) -> None:
        """Counts one step, and reports if the last line is old enough."""
        self._steps += 1
        self._sums += sums
        now = time.perf_counter()
        if now - self._reported < LINE_SECONDS:
            return
        batches = self._task.batches_per_epoch
        speed = self._sums.tokens / (now - self._reported)
        left = (self._epochs * batches - progress.step) * (now - self._started) / self._steps
        self._report(
            f"epoch {progress.epoch + 1}/{self._epochs} {progress.batch / batches:4.0%}  "
            f"loss {self._sums.loss:.3f}  "
            f"{self._task.metric} {self._task.value(self._sums):.4g}  "
            f"{speed:,.0f} tokens/s  {duration(left)} left"
        )
        self._sums, self._reported = PredictionSums(), now

    def epoch(self, progress: TrainingProgress) -> None:
        """Reports the validation split's figures after the epoch just done."""
        self._sums, self._reported = PredictionSums(), time.perf_counter()
        row = progress.log[-1]
        best = "  best so far" if progress.best_epoch == row["epoch"] else ""
        self._report(
            f"epoch {progress.epoch}/{self._epochs} done  validation loss {row['loss']:.3f}  "
            f"{row['metric']} {row['value']:.4g}  after {duration(progress.seconds)}{best}"
        )
