"""How far a training run is, and what it has told so far: plain numbers that JSON can hold."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from rnnvis_assets.checkpoint.optimizer import GROUPS
from rnnvis_assets.checkpoint.training_task import Tally

LogRow = Mapping[str, Any]
"""A row of the table ``training_log``."""


@dataclass(frozen=True)
class Window:
    """Sums over the steps since the log's last row of the training split."""

    tally: Tally = field(default_factory=Tally)
    steps: int = 0
    seconds: float = 0.0
    gradient_norm: float = 0.0
    group_norms: Mapping[str, float] = field(default_factory=lambda: dict.fromkeys(GROUPS, 0.0))

    def add(
        self, tally: Tally, gradient_norm: float, group_norms: Mapping[str, float], seconds: float
    ) -> "Window":
        """This window and one more step."""
        return Window(
            self.tally + tally,
            self.steps + 1,
            self.seconds + seconds,
            self.gradient_norm + gradient_norm,
            {group: self.group_norms[group] + group_norms[group] for group in GROUPS},
        )

    @property
    def tokens_per_second(self) -> float:
        return self.tally.tokens / self.seconds

    def mean_norms(self) -> dict[str, float]:
        """The log's columns of gradient norms."""
        return {
            "gradient_norm": self.gradient_norm / self.steps,
            **{f"gradient_norm_{g}": norm / self.steps for g, norm in self.group_norms.items()},
        }


@dataclass
class Progress:
    """Where training stands: ``batch`` batches into ``epoch``, ``step`` optimiser steps taken.

    ``best_score`` is that of the best evaluation of the validation split, in ``best_epoch``.
    """

    epoch: int = 0
    batch: int = 0
    step: int = 0
    seconds: float = 0.0
    best_epoch: int | None = None
    best_score: tuple[float, float] | None = None
    window: Window = field(default_factory=Window)
    log: list[LogRow] = field(default_factory=list)
    finished: bool = False

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "Progress":
        window = {**content["window"], "tally": Tally(**content["window"]["tally"])}
        score = content["best_score"]
        return cls(
            **{
                **content,
                "window": Window(**window),
                "best_score": None if score is None else tuple(score),
            }
        )

    def log_training(self, metric: str, value: float, learning_rate: float) -> None:
        """Closes the window: one row of the training split."""
        window, self.window = self.window, Window()
        self.log.append(
            {
                **self._row("train", window.tally.loss, metric, value, learning_rate),
                **window.mean_norms(),
                "tokens_per_second": window.tokens_per_second,
            }
        )

    def log_validation(self, loss: float, metric: str, value: float, learning_rate: float) -> None:
        """One row of the validation split, which has neither gradients nor a training speed."""
        blank = dict.fromkeys(("gradient_norm", *(f"gradient_norm_{group}" for group in GROUPS)))
        row = self._row("validation", loss, metric, value, learning_rate)
        self.log.append({**row, **blank, "tokens_per_second": None})

    def _row(
        self, split: str, loss: float, metric: str, value: float, learning_rate: float
    ) -> dict[str, Any]:
        return {
            "step": self.step,
            "epoch": self.epoch,
            "split": split,
            "loss": loss,
            "metric": metric,
            "value": value,
            "learning_rate": learning_rate,
            "seconds": self.seconds,
        }
