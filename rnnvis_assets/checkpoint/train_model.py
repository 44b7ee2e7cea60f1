"""Training a model for the stage ``checkpoint``: a network, its training log and test figures."""

import statistics
from collections.abc import Mapping
from typing import Any

from rnnvis_assets.checkpoint.hardware import choose_hardware
from rnnvis_assets.checkpoint.train_family import train_with_family
from rnnvis_assets.checkpoint.training_loop import TrainingResult, build_task
from rnnvis_assets.checkpoint.training_task import Task
from rnnvis_assets.configuration.dataset_config import SplitName
from rnnvis_assets.configuration.model_config import ModelConfig
from rnnvis_assets.corpus.corpus_files import load_corpus
from rnnvis_assets.engine.stage import Figure, RunContext, StageOutput
from rnnvis_assets.network.checkpoint_files import (
    describe_network,
    load_checkpoint,
    save_checkpoint,
    spec_identity,
)
from rnnvis_assets.network.recurrent_network import RecurrentNetwork, limited_threads
from warehouse.columns import Table
from warehouse.parquet_tables import write_table
from warehouse.schema import EVALUATION, TRAINING_LOG

EVALUATED_SPLITS: tuple[SplitName, ...] = ("validation", "test")


Evaluation = Mapping[tuple[SplitName, str], float]
"""Figures of the trained network, by split and metric."""


def train_model(context: RunContext, model: str, config: ModelConfig) -> StageOutput:
    """Trains the model, or takes over a finished training of the same settings and corpus.

    Raises what ``train`` and ``load_corpus`` raise.
    """
    storage = context.storage
    corpus = load_corpus(storage.corpus(config.dataset))
    hardware = choose_hardware(config, corpus.task)
    folder = storage.checkpoint(model)
    trained = train_with_family(context, model, corpus, hardware)
    origin = trained.origin
    spec = describe_network(
        config,
        corpus,
        precision=origin.precision,
        device=origin.machine,
        versions=origin.versions,
    )
    weights, spec_file = save_checkpoint(folder, trained.weights, spec)
    network = load_checkpoint(folder).network.to(hardware.device)
    with limited_threads(hardware.threads):
        figures = _evaluate(build_task(corpus, config, hardware), network)
    rows = _write_tables(context, model, figures, trained)
    described = (f"{' '.join(names)} {value:.4g}" for names, value in figures.items())
    context.report(f"{model}: {', '.join(described)}")
    tables = [storage.table(model, table) for table in rows]
    return StageOutput(
        files=(weights, spec_file, *tables),
        identity=(weights, spec_identity(folder), *tables),
        row_counts=rows,
        figures=_figures(figures, trained),
    )


def _evaluate(task: Task, network: RecurrentNetwork) -> Evaluation:
    return {
        (split, metric): value
        for split in EVALUATED_SPLITS
        for metric, value in task.evaluate(network, split).items()
    }


def _write_tables(
    context: RunContext, model: str, figures: Evaluation, trained: TrainingResult
) -> dict[str, int]:
    """Writes both tables; returns their numbers of rows."""
    columns: dict[Table, dict[str, Any]] = {
        EVALUATION: {
            "split": [split for split, _ in figures],
            "metric": [metric for _, metric in figures],
            "value": list(figures.values()),
        },
        TRAINING_LOG: {c.name: [row[c.name] for row in trained.log] for c in TRAINING_LOG.columns},
    }
    return {
        table.name: write_table(context.storage.table(model, table.name), table, values)
        for table, values in columns.items()
    }


def _figures(figures: Evaluation, trained: TrainingResult) -> dict[str, Figure]:
    speeds = [row["tokens_per_second"] for row in trained.log if row["split"] == "train"]
    return {
        **{" ".join(names): value for names, value in figures.items()},
        "best epoch": trained.best_epoch + 1,
        "training seconds": round(trained.log[-1]["seconds"], 1),
        "tokens per second": round(statistics.median(speeds)),
    }
