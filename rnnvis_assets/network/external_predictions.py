"""Predictions that came with a recording, or that an imported network returned itself, kept in the
checkpoint's folder.

They come before what an output layer would predict.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from rnnvis_assets.configuration.dataset_config import SplitName
from rnnvis_assets.network.expected_words import NextWordPredictions
from rnnvis_assets.network.recurrent_network import perplexity
from warehouse.columns import Column, Table
from warehouse.parquet_tables import read_table, write_table
from warehouse.schema import EVALUATION, TOKEN, TRAINING_LOG
from warehouse.storage import Storage

NEXT_WORDS = Table(
    "next_words",
    "What was expected after each token.",
    tuple(column for column in TOKEN.columns if column.nullable),
)
CHOICES = Table(
    "choices",
    "The class chosen for each sentence.",
    (
        Column("predicted", "INTEGER", "place among the classes", nullable=True),
        Column("probability", "FLOAT", "how sure the network was", nullable=True),
    ),
)


def write_evaluation(
    storage: Storage, model: str, split: SplitName, figures: Mapping[str, float]
) -> tuple[tuple[Path, ...], dict[str, int]]:
    """The tables of a network that was not trained here: ``figures`` of a split, and an empty log;
    their files, and the number of rows of each."""
    evaluation = {
        "split": [split] * len(figures),
        "metric": list(figures),
        "value": list(figures.values()),
    }
    columns: dict[Table, Mapping[str, Any]] = {
        EVALUATION: evaluation,
        TRAINING_LOG: TRAINING_LOG.columns_of(()),
    }
    paths = {table: storage.table(model, table.name) for table in columns}
    rows = {t.name: write_table(path, t, columns[t]) for t, path in paths.items()}
    return tuple(paths.values()), rows


def given_path(folder: Path, table: Table) -> Path:
    """Where they lie in a checkpoint's folder."""
    return folder / f"{table.name}.parquet"


def write_expected_words(
    folder: Path, expected: NextWordPredictions
) -> tuple[Path, dict[str, float]]:
    """Writes what is expected after every token of a text to a checkpoint's folder; returns the
    file, and loss (nats) and perplexity of every word from the second on."""
    known = expected.log_probabilities
    probability = np.full(len(expected.top_words), np.nan, np.float32)  # nothing follows the last
    probability[: len(known)] = np.exp(known)
    path = given_path(folder, NEXT_WORDS)
    columns = {
        "next_probability": np.ma.masked_invalid(probability),
        "top_words": expected.top_words,
        "top_probabilities": expected.top_probabilities,
    }
    write_table(path, NEXT_WORDS, columns)
    loss = -float(known.sum(dtype=np.float64)) / max(len(known), 1)
    return path, {"loss": loss, "perplexity": perplexity(loss)}


def given_next_words(folder: Path) -> Iterator[pa.RecordBatch]:
    """The rows of ``NEXT_WORDS``, a batch after another; none where none were given."""
    path = given_path(folder, NEXT_WORDS)
    if path.exists():
        with pq.ParquetFile(path) as file:
            yield from file.iter_batches(1 << 14)


def given_choices(folder: Path) -> tuple[np.ma.MaskedArray, np.ma.MaskedArray] | None:
    """The class chosen for each document, int64[documents], and its probability, float32, masked
    where none was given; None where the recording came without any."""
    path = given_path(folder, CHOICES)
    if not path.exists():
        return None
    rows = read_table(path)
    predicted = rows["predicted"].fill_null(-1).to_numpy()
    probability = rows["probability"].fill_null(np.nan).to_numpy()
    return np.ma.masked_less(predicted, 0), np.ma.masked_invalid(probability)
