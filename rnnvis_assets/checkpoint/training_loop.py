"""Training from the first step, or the last saved state, to the end."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from rnnvis_assets.checkpoint.classification_task import ClassificationTask
from rnnvis_assets.checkpoint.document_batches import add_gradients
from rnnvis_assets.checkpoint.hardware import Hardware, Origin
from rnnvis_assets.checkpoint.language_model_task import LanguageModelTask
from rnnvis_assets.checkpoint.training_progress import LogRow, ProgressReporter
from rnnvis_assets.checkpoint.training_run import TrainingRun
from rnnvis_assets.checkpoint.training_state import (
    SaveDue,
    read_state,
    training_fingerprint,
    write_state,
)
from rnnvis_assets.checkpoint.training_task import PredictionSums, Task
from rnnvis_assets.configuration.model_config import ModelConfig
from rnnvis_assets.corpus.corpus import Corpus
from rnnvis_assets.engine.stage import Report
from rnnvis_assets.network.checkpoint_files import num_outputs
from rnnvis_assets.network.recurrent_network import RecurrentNetwork, initialise, limited_threads
from warehouse.errors import TrainingError


@dataclass(frozen=True)
class TrainingResult:
    """The weights that did best on the validation split, how training got there, and on what."""

    weights: Mapping[str, Tensor]
    best_epoch: int
    log: Sequence[LogRow]
    origin: Origin


def build_task(corpus: Corpus, config: ModelConfig, hardware: Hardware) -> Task:
    """The task of a corpus."""
    if corpus.task == "classification":
        return ClassificationTask(corpus, config, hardware)
    return LanguageModelTask(corpus, config, hardware)


def start_run(corpus: Corpus, config: ModelConfig, hardware: Hardware) -> TrainingRun:
    """A run before its first step; the seed decides the starting weights."""
    network = RecurrentNetwork(config, len(corpus.vocabulary), num_outputs(corpus))
    initialise(network, seed=config.seed, forget_bias=config.training.forget_bias)
    task = build_task(corpus, config, hardware)
    return TrainingRun(network.to(hardware.device), task, config, hardware.origin)


@dataclass(frozen=True)
class Trainee:
    """A network to be trained: its configuration, the file of its training state, and who hears of
    its progress."""

    config: ModelConfig
    path: Path
    report: Report


def train(
    corpus: Corpus, trainees: Sequence[Trainee], hardware: Hardware, *, save_due: SaveDue
) -> TrainingResult:
    """Trains the first network, or goes on from its training state, and keeps that up to date;
    others, which differ from it in the seed only, along with it.

    A finished run of the same configuration and corpus is not trained again, wherever it was
    trained. Raises TrainingError where a loss or gradient is not finite (the last good state is
    kept), StorageError where the disk is full. One of the others with such a loss is left behind.
    """
    devices = [hardware.device] if hardware.device.type == "cuda" else []
    with torch.random.fork_rng(devices=devices), limited_threads(hardware.threads):
        courses = [_Course(corpus, trainee, hardware, save_due) for trainee in trainees]
        _train_on(courses)
    run = courses[0].run
    assert run.progress.best_epoch is not None
    return TrainingResult(run.best, run.progress.best_epoch, run.progress.log, run.origin)


class _Course:
    """The run of a trainee, which goes on from its training state, keeps that up to date and says
    where it stands."""

    def __init__(
        self, corpus: Corpus, trainee: Trainee, hardware: Hardware, save_due: SaveDue
    ) -> None:
        config, self._path, self.report = trainee.config, trainee.path, trainee.report
        torch.manual_seed(config.seed)
        self.run = start_run(corpus, config, hardware)
        self._fingerprint, self._save_due = training_fingerprint(corpus, config), save_due
        saved = read_state(self._path, self._fingerprint, self.run.origin, self.report)
        if saved:
            self.run.restore(saved)
        self.report(_opening(self.run, resumed=saved is not None))
        self._reporter = ProgressReporter(self.report, self.run.task, config.training.epochs)
        self._saved_step, self._saved_at = self.run.progress.step, time.perf_counter()
        self._end_epoch_if_due()  # of a state that an earlier version saved before it did

    @property
    def model(self) -> str:
        return self._path.parent.name

    def advance(self, sums: PredictionSums, seconds: float) -> None:
        """Takes the step whose gradients were computed, and ends the epoch with its last one.

        Raises TrainingError, which says what is kept, where a number is not finite.
        """
        try:
            self.run.take_step(sums, seconds)
            self._reporter.step(self.run.progress, sums)
            self._end_epoch_if_due()
            steps = self.run.progress.step - self._saved_step
            if self._save_due(steps, time.perf_counter() - self._saved_at):
                self._save()
        except TrainingError as error:
            raise self._stopped(error) from error

    def _end_epoch_if_due(self) -> None:
        if self.run.progress.batch == self.run.task.batches_per_epoch:
            self.run.end_epoch()
            self._save()
            self._reporter.epoch(self.run.progress)

    def _save(self) -> None:
        write_state(self._path, self._fingerprint, self.run.capture())
        self._saved_step, self._saved_at = self.run.progress.step, time.perf_counter()

    def _stopped(self, error: TrainingError) -> TrainingError:
        kept = "before a state was saved"
        if self._saved_step:
            kept = f"the good state of step {self._saved_step} is kept in {self._path}"
        return TrainingError(
            f"{error.message}; training stopped, {kept}",
            repair="lower learning_rate or gradient_clipping of the model in configs/models, then "
            f"rnnvis materialize {self.model}",
        )


def _train_on(courses: Sequence[_Course]) -> None:
    going = [course for course in courses if not course.run.progress.finished]
    while going:
        gradients = _compute_gradients([course.run for course in going])
        for course, (sums, seconds) in zip(tuple(going), gradients, strict=True):
            try:
                course.advance(sums, seconds)
            except TrainingError as error:
                if course is courses[0]:
                    raise
                courses[0].report(f"without {course.model}: {error}")
                going.remove(course)
        going = [course for course in going if not course.run.progress.finished]


def _compute_gradients(runs: Sequence[TrainingRun]) -> list[tuple[PredictionSums, float]]:
    """Of each run's next batch; with each its share of the time."""
    started = time.perf_counter()
    if len(runs) == 1:
        sums = [runs[0].compute_gradients()]
    else:
        sums = add_gradients([run.read_documents() for run in runs])
    return [(each, (time.perf_counter() - started) / len(runs)) for each in sums]


def _opening(run: TrainingRun, *, resumed: bool) -> str:
    progress = run.progress
    if progress.finished:
        return f"already trained: {progress.step:,} steps on {run.origin}"
    what = (
        f"training goes on after step {progress.step:,}"
        if resumed
        else f"training {run.network.num_parameters:,} parameters"
    )
    return f"{what} on {run.origin}"
