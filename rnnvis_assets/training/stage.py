"""The ``checkpoint`` stage: from a corpus and a configuration to a trained network, with its log
and its figures."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rnnvis_assets.configuration.datasets import SplitName
from rnnvis_assets.configuration.imported_models import PytorchModel, RecordedModel
from rnnvis_assets.configuration.models import ModelConfig
from rnnvis_assets.configuration.project import Project
from rnnvis_assets.corpora.files import load_corpus
from rnnvis_assets.foreign_recordings.stage import take_text
from rnnvis_assets.imports.stage import import_model, import_settings
from rnnvis_assets.models.checkpoint import (
    describe_network,
    load_checkpoint,
    save_checkpoint,
    training_settings,
)
from rnnvis_assets.models.network import RecurrentNetwork
from rnnvis_assets.stages import Figure, Outcome, Stage, Upstream, Workplace
from rnnvis_assets.training.hardware import choose_hardware, limited_threads
from rnnvis_assets.training.loop import Trained, build_task, train
from rnnvis_assets.training.state import SAVE_SECONDS, STATE_FILE, every_seconds
from rnnvis_assets.training.task import Task
from warehouse.schema import EVALUATION, TRAINING_LOG
from warehouse.tables import write_table

EVALUATED_SPLITS: tuple[SplitName, ...] = ("validation", "test")


@dataclass(frozen=True)
class Evaluated:
    """A row of the table ``evaluation``."""

    split: SplitName
    metric: str
    value: float

    def __str__(self) -> str:
        return f"{self.split} {self.metric} {self.value:.4g}"


def _settings(project: Project, partition: str) -> Any:
    match project.models[partition]:
        case ModelConfig() as config:
            return training_settings(config)
        case PytorchModel() as config:
            return import_settings(config)
        case RecordedModel() as config:
            return config.model_dump(mode="json", exclude={"description", "analysis"})


def _run(workplace: Workplace, partition: str) -> Outcome:
    match workplace.project.models[partition]:
        case ModelConfig() as config:
            return _train(workplace, partition, config)
        case PytorchModel() as config:
            return import_model(workplace, partition, config)
        case RecordedModel() as config:
            return take_text(workplace, partition, config)


def _train(workplace: Workplace, partition: str, config: ModelConfig) -> Outcome:
    storage = workplace.storage
    corpus = load_corpus(storage.corpus(config.dataset))
    hardware = choose_hardware(config, corpus.task)
    folder = storage.checkpoint(partition)
    trained = train(
        corpus,
        config,
        hardware,
        folder / STATE_FILE,
        report=lambda line: workplace.report(f"{partition}: {line}"),
        save_due=every_seconds(SAVE_SECONDS),
    )
    origin = trained.origin
    spec = describe_network(
        config,
        corpus,
        precision=origin.precision,
        device=origin.machine,
        versions=origin.versions,
    )
    checkpoint_files = save_checkpoint(folder, trained.weights, spec)
    network = load_checkpoint(folder).network.to(hardware.device)
    with limited_threads(hardware.threads):
        figures = _evaluate(build_task(corpus, config, hardware), network)
    rows = _write_tables(workplace, partition, figures, trained)
    workplace.report(f"{partition}: {', '.join(map(str, figures))}")
    return Outcome(
        files=(*checkpoint_files, *(storage.table(partition, table) for table in rows)),
        identity=checkpoint_files,
        row_counts=rows,
        figures=_figures(figures, trained),
    )


def _evaluate(task: Task, network: RecurrentNetwork) -> list[Evaluated]:
    return [
        Evaluated(split, metric, value)
        for split in EVALUATED_SPLITS
        for metric, value in task.evaluate(network, split).items()
    ]


def _write_tables(
    workplace: Workplace, model: str, figures: Sequence[Evaluated], trained: Trained
) -> dict[str, int]:
    """Writes both tables; returns their numbers of rows."""
    columns = {
        EVALUATION: {
            name: [getattr(figure, name) for figure in figures]
            for name in ("split", "metric", "value")
        },
        TRAINING_LOG: {c.name: [row[c.name] for row in trained.log] for c in TRAINING_LOG.columns},
    }
    return {
        table.name: write_table(workplace.storage.table(model, table.name), table, values)
        for table, values in columns.items()
    }


def _figures(figures: Sequence[Evaluated], trained: Trained) -> dict[str, Figure]:
    speeds = [row["tokens_per_second"] for row in trained.log if row["split"] == "train"]
    return {
        **{f"{figure.split} {figure.metric}": figure.value for figure in figures},
        "best epoch": trained.best_epoch + 1,
        "training seconds": round(trained.log[-1]["seconds"], 1),
        "tokens per second": round(statistics.median(speeds)),
    }


STAGE = Stage(
    name="checkpoint",
    code_version="1",
    upstream=(Upstream("corpus", of="dataset"),),
    settings=_settings,
    run=_run,
)
