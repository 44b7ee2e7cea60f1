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
        courses = [_begin(corpus, trainee, hardware, save_due) for trainee in trainees]
        _train_on(courses)
    run = courses[0].run
    assert run.progress.best_epoch is not None
    return TrainingResult(run.best, run.progress.best_epoch, run.progress.log, run.origin)


def _begin(corpus: Corpus, trainee: Trainee, hardware: Hardware, save_due: SaveDue) -> "_Course":
    config, path, report = trainee.config, trainee.path, trainee.report
    torch.manual_seed(config.seed)
    run = start_run(corpus, config, hardware)
    fingerprint = training_fingerprint(corpus, config)
    saved = read_state(path, fingerprint, run.origin, report)
    if saved:
        run.restore(saved)
    report(_opening(run, resumed=saved is not None))
    reporter = ProgressReporter(report, run.task, config.training.epochs)
    course = _Course(run, StateSaver(run, path, fingerprint, save_due), reporter, report)
    course.end_epoch_if_due()  # of a state that an earlier version saved before it did
    return course


@dataclass(frozen=True)
class _Course:
    """A run with what is saved and reported of it."""

    run: TrainingRun
    saver: "StateSaver"
    reporter: ProgressReporter
    report: Report

    def advance(self, sums: PredictionSums, seconds: float) -> None:
        """Takes the step whose gradients were computed, and ends the epoch with its last one."""
        self.run.take_step(sums, seconds)
        self.reporter.step(self.run.progress, sums)
        self.end_epoch_if_due()
        self.saver.save_if_due()

    def end_epoch_if_due(self) -> None:
        if self.run.progress.batch == self.run.task.batches_per_epoch:
            self.run.end_epoch()
            self.saver.save()
            self.reporter.epoch(self.run.progress)

    def explain(self, error: TrainingError) -> TrainingError:
        saver = self.saver
        return TrainingError(
            f"{error.message}; training stopped, {saver.kept}",
            repair="lower learning_rate or gradient_clipping of the model in configs/models, then "
            f"rnnvis materialize {saver.model}",
        )


def _train_on(courses: Sequence[_Course]) -> None:
    going = [course for course in courses if not course.run.progress.finished]
    while going:
        gradients = _compute_gradients([course.run for course in going])
        for course, (sums, seconds) in zip(tuple(going), gradients, strict=True):
            try:
                course.advance(sums, seconds)
            except TrainingError as error:
                explained = course.explain(error)
                if course is courses[0]:
                    raise explained from error
                courses[0].report(f"without {course.saver.model}: {explained}")
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


class StateSaver:
    """Writes a run's state to its file, when due."""

    def __init__(self, run: TrainingRun, path: Path, fingerprint: str, due: SaveDue) -> None:
        self._run = run
        self._path = path
        self._fingerprint = fingerprint
        self._due = due
        self._step, self._time = run.progress.step, time.perf_counter()

    @property
    def model(self) -> str:
        return self._path.parent.name

    @property
    def kept(self) -> str:
        """What the file holds, in words."""
        if not self._step:
            return "before a state was saved"
        return f"the good state of step {self._step} is kept in {self._path}"

    def save_if_due(self) -> None:
        steps = self._run.progress.step - self._step
        if self._due(steps, time.perf_counter() - self._time):
            self.save()

    def save(self) -> None:
        write_state(self._path, self._fingerprint, self._run.capture())
        self._step, self._time = self._run.progress.step, time.perf_counter()


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
