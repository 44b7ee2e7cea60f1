"""Lines of progress for a person who watches a training run."""

import time

from rnnvis_assets.checkpoint.training_progress import Progress
from rnnvis_assets.checkpoint.training_task import Tally, Task
from rnnvis_assets.configuration.model_config import ModelConfig
from rnnvis_assets.engine.stage import Report

LINE_SECONDS = 5.0


def duration(seconds: float) -> str:
    """A time in words: '41 s', '3 min 05 s', '2 h 10 min'."""
    minutes, rest = divmod(round(seconds), 60)
    if minutes >= 60:
        return f"{minutes // 60} h {minutes % 60:02} min"
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"


class Reporter:
    """Tells, about every five seconds, where training stands and how long it will take."""

    def __init__(self, report: Report, task: Task, config: ModelConfig) -> None:
        self._report = report
        self._task = task
        self._epochs = config.training.epochs
        self._steps = 0
        self._tally = Tally()
        self._started = self._told = time.perf_counter()

    def step(self, progress: Progress, tally: Tally) -> None:
        """Takes note of one step, and tells how things stand if the last line is old enough."""
        self._steps += 1
        self._tally += tally
        now = time.perf_counter()
        if now - self._told < LINE_SECONDS:
            return
        speed = self._tally.tokens / (now - self._told)
        remaining = self._epochs * self._task.batches_per_epoch - progress.step
        left = remaining * (now - self._started) / self._steps
        self._report(
            f"epoch {progress.epoch + 1}/{self._epochs} "
            f"{progress.batch / self._task.batches_per_epoch:4.0%}  loss {self._tally.loss:.3f}  "
            f"{self._task.metric} {self._task.value(self._tally):.4g}  "
            f"{speed:,.0f} tokens/s  {duration(left)} left"
        )
        self._tally, self._told = Tally(), now

    def epoch(self, progress: Progress) -> None:
        """Tells how the validation split fared after the epoch just done."""
        self._tally, self._told = Tally(), time.perf_counter()
        row = progress.log[-1]
        best = "  best so far" if progress.best_epoch == row["epoch"] else ""
        self._report(
            f"epoch {progress.epoch}/{self._epochs} done  validation loss {row['loss']:.3f}  "
            f"{row['metric']} {row['value']:.4g}  after {duration(progress.seconds)}{best}"
        )
