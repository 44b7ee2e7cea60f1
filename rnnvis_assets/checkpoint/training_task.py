"""What the training loop asks of a task, and what it gets back."""

from dataclasses import astuple, dataclass
from operator import add
from typing import Protocol

from rnnvis_assets.configuration.dataset_config import SplitName
from rnnvis_assets.network.recurrent_network import RecurrentNetwork, State


@dataclass(frozen=True)
class PredictionSums:
    """Sums over some predictions; ``loss_sum`` is their cross-entropy in nats."""

    loss_sum: float = 0.0
    predictions: int = 0
    correct: int = 0
    tokens: int = 0

    def __add__(self, other: "PredictionSums") -> "PredictionSums":
        return PredictionSums(*map(add, astuple(self), astuple(other)))

    @property
    def loss(self) -> float:
        """Mean cross-entropy of a prediction, in nats."""
        return self.loss_sum / self.predictions


class Task(Protocol):
    """A language model or a classifier on one corpus.

    ``batches_per_epoch`` batches make an epoch; epoch and number determine a batch, so that a
    resumed run reads what an uninterrupted one would have read.
    """

    metric: str
    batches_per_epoch: int

    def compute_gradients(
        self, network: RecurrentNetwork, epoch: int, number: int, state: State
    ) -> tuple[PredictionSums, State]:
        """Adds to the gradients those of batch ``number``'s mean loss.

        ``state`` is what the last call returned (empty at first); only a language model uses it.
        """
        ...

    def value(self, sums: PredictionSums) -> float:
        """The metric (perplexity, or accuracy) of some predictions."""
        ...

    def evaluate(self, network: RecurrentNetwork, split: SplitName) -> dict[str, float]:
        """Every figure of a split by name, in float32; ``loss`` and the metric are among them."""
        ...

    def score(self, figures: dict[str, float]) -> tuple[float, float]:
        """What makes one evaluation better than another: the larger, the better."""
        ...
