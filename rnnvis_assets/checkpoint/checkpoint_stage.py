"""The ``checkpoint`` stage: from a corpus and a configuration to a trained network, with its log
and its figures."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rnnvis_assets.checkpoint.hardware import choose_hardware, limited_threads
from rnnvis_assets.checkpoint.training_loop import Trained, build_task, train
from rnnvis_assets.checkpoint.training_state import SAVE_SECONDS, STATE_FILE, every_seconds
from rnnvis_assets.checkpoint.training_task import Task
from rnnvis_assets.configuration.dataset_config import SplitName
from rnnvis_assets.configuration.external_model_config import PytorchModel, RecordedModel
from rnnvis_assets.configuration.model_config import ModelConfig
from rnnvis_assets.configuration.project import Project
from rnnvis_assets.corpus.corpus_files import load_corpus
from rnnvis_assets.engine.stage import Figure, RunContext, Stage, StageOutput, Upstream
from rnnvis_assets.model_import.model_import_stage import import_model, import_settings
from rnnvis_assets.network.checkpoint_files import (
    describe_network,
    load_checkpoint,
    save_checkpoint,
    training_settings,
)
from rnnvis_assets.network.recurrent_network import RecurrentNetwork
from rnnvis_assets.recording_import.recording_import_stage import take_text
from warehouse.parquet_tables import write_table
from warehouse.schema import EVALUATION, TRAINING_LOG

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


def _run(context: RunContext, partition: str) -> StageOutput:
    match context.project.models[partition]:
        case ModelConfig() as config:
            return _train(context, partition, config)
        case PytorchModel() as config:
            return import_model(context, partition, config)
        case RecordedModel() as config:
            return take_text(context, partition, config)


def _train(context: RunContext, partition: str, config: ModelConfig) -> StageOutput:
    storage = context.storage
    corpus = load_corpus(storage.corpus(config.dataset))
    hardware = choose_hardware(config, corpus.task)
    folder = storage.checkpoint(partition)
    trained = train(
        corpus,
        config,
        hardware,
        folder / STATE_FILE,
        report=lambda line: context.report(f"{partition}: {line}"),
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
    rows = _write_tables(context, partition, figures, trained)
    context.report(f"{partition}: {', '.join(map(str, figures))}")
    return StageOutput(
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
    context: RunContext, model: str, figures: Sequence[Evaluated], trained: Trained
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
        table.name: write_table(context.storage.table(model, table.name), table, values)
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
