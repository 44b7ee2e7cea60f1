"""One training run: what changes as it goes, its steps and epochs, what is saved and restored."""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

from rnnvis_assets.checkpoint.classification_task import ClassificationTask
from rnnvis_assets.checkpoint.document_batches import DocumentBatch
from rnnvis_assets.checkpoint.hardware import Origin
from rnnvis_assets.checkpoint.optimizer import Optimisation
from rnnvis_assets.checkpoint.training_progress import TrainingProgress
from rnnvis_assets.checkpoint.training_state import SavedState
from rnnvis_assets.checkpoint.training_task import PredictionSums, Task
from rnnvis_assets.configuration.model_config import ModelConfig
from rnnvis_assets.network.recurrent_network import RecurrentNetwork, State
from warehouse.errors import TrainingError

ROWS_PER_EPOCH = 20


class TrainingRun:
    """A network on its way. ``take_step`` and ``end_epoch`` move it on; ``capture`` and ``restore``
    carry it over to another process, bit for bit on a CPU.

    Its random numbers go on from where PyTorch's global generators stand at its start, whatever
    else draws from them between its steps.
    """

    def __init__(
        self, network: RecurrentNetwork, task: Task, config: ModelConfig, origin: Origin
    ) -> None:
        self.network = network
        self.task = task
        self.origin = origin
        self.progress = TrainingProgress()
        self.best: dict[str, Tensor] = {}
        self._training = config.training
        self._hidden: State = ()
        total_steps = config.training.epochs * task.batches_per_epoch
        self._optimisation = Optimisation(network, config.training, total_steps)
        self._generators = _generator_states()

    @contextmanager
    def draws(self) -> Iterator[None]:
        """Inside, PyTorch's global generators are this run's."""
        _restore_generators(self._generators)
        yield
        self._generators = _generator_states()

    def compute_gradients(self) -> PredictionSums:
        """Of the mean loss of the next batch."""
        self._clear_gradients()
        with self.draws():
            sums, self._hidden = self.task.compute_gradients(
                self.network, self.progress.epoch, self.progress.batch, self._hidden
            )
        return sums

    def read_documents(self) -> DocumentBatch:
        """The next batch of a classifier, whose gradients are computed along with others'."""
        assert isinstance(self.task, ClassificationTask)
        self._clear_gradients()
        epoch, number = self.progress.epoch, self.progress.batch
        return self.task.batch(self.network, epoch, number, self.draws)

    def _clear_gradients(self) -> None:
        self.network.train()
        self._optimisation.clear_gradients()

    def take_step(self, sums: PredictionSums, seconds: float) -> None:
        """Moves the weights by the gradients of a batch, which took so long to compute.

        Raises TrainingError where loss or gradient is not finite; the weights stay as they were.
        """
        progress, started = self.progress, time.perf_counter()
        norms = self._optimisation.gradient_norms()
        norm = norms["gradient_norm"]
        _require_finite(progress, {"loss": sums.loss, "norm of the gradient": norm})
        self._optimisation.step(progress.step, norm)
        progress.step += 1
        progress.batch += 1
        seconds += time.perf_counter() - started
        progress.window = progress.window.add(sums, norms, seconds)
        progress.seconds += seconds
        self._log_if_due()

    def end_epoch(self) -> None:
        """Evaluates the validation split, keeps the weights if they are the best, and moves on."""
        progress, metric = self.progress, self.task.metric
        started = time.perf_counter()
        self.network.eval()
        figures = self.task.evaluate(self.network, "validation")
        _require_finite(progress, {"validation loss": figures["loss"]})
        score = self.task.score(figures)
        if progress.best_score is None or score > progress.best_score:
            progress.best_score, progress.best_epoch = score, progress.epoch
            self.best = {k: v.detach().clone() for k, v in self.network.state_dict().items()}
        progress.seconds += time.perf_counter() - started
        rate = self._optimisation.learning_rate
        progress.log_validation(figures["loss"], metric, figures[metric], rate)
        self._optimisation.end_epoch(figures["loss"])
        progress.finished = self._was_last_epoch()
        progress.epoch += 1
        progress.batch = 0

    def capture(self) -> SavedState:
        """All of the run; of a finished one, what came of it."""
        tensors = _prefixed("best", self.best)
        if not self.progress.finished:
            tensors |= _prefixed("network", self.network.state_dict())
            tensors |= _prefixed("optimizer", self._optimisation.tensors())
            tensors |= {f"hidden.{index}": part for index, part in enumerate(self._hidden)}
            tensors |= _prefixed("generator", self._generators)
        facts = {"progress": self.progress.to_json(), "rates": self._optimisation.settings()}
        return SavedState(tensors, self.origin, facts)

    def restore(self, saved: SavedState) -> None:
        """Goes on from a captured state, the global generators included."""
        self.progress = TrainingProgress.from_json(saved.facts["progress"])
        self.best = saved.part("best")
        self.origin = saved.origin
        if self.progress.finished:
            return
        device = self.network.embedding.weight.device
        self.network.load_state_dict(saved.part("network"))
        self._optimisation.restore(saved.part("optimizer"), saved.facts["rates"])
        hidden = saved.part("hidden")
        self._hidden = tuple(hidden[name].to(device) for name in sorted(hidden))
        self._generators = saved.part("generator")

    def _log_if_due(self) -> None:
        """Rows stand at equal distances, the last at the epoch's end."""
        progress, batches = self.progress, self.task.batches_per_epoch
        rows = progress.batch * ROWS_PER_EPOCH // batches
        if rows > (progress.batch - 1) * ROWS_PER_EPOCH // batches:
            value = self.task.value(progress.window.sums)
            progress.log_training(self.task.metric, value, self._optimisation.learning_rate)

    def _was_last_epoch(self) -> bool:
        progress, patience = self.progress, self._training.early_stopping_patience
        if progress.epoch + 1 == self._training.epochs:
            return True
        assert progress.best_epoch is not None
        return patience is not None and progress.epoch - progress.best_epoch > patience


def _require_finite(progress: TrainingProgress, figures: dict[str, float]) -> None:
    bad = {name: value for name, value in figures.items() if not math.isfinite(value)}
    for name, value in bad.items():
        raise TrainingError(
            f"epoch {progress.epoch + 1}, step {progress.step + 1}: the {name} is {value}"
        )


def _prefixed(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {f"{prefix}.{name}": tensor for name, tensor in tensors.items()}


def _generator_states() -> dict[str, Tensor]:
    states = {"cpu": torch.get_rng_state()}
    if torch.cuda.is_available():
        states["cuda"] = torch.cuda.get_rng_state()
    return states


def _restore_generators(states: dict[str, Tensor]) -> None:
    torch.set_rng_state(states["cpu"])
    if "cuda" in states:
        torch.cuda.set_rng_state(states["cuda"])
