"""What an external network predicted after each token and for each sentence."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rnnvis_assets.checkpoint.language_model_task import perplexity
from rnnvis_assets.glyphs.external_predictions import CHOICES, NEXT_WORDS, given_path
from rnnvis_assets.recording_import.recording_contents import RecordingContents
from rnnvis_assets.recording_import.recording_faults import (
    Array,
    RejectedValues,
    UnreadableError,
)
from rnnvis_assets.recording_import.recording_files import NEXT_WORD_ARRAYS, RecordingFiles
from warehouse.parquet_tables import open_table_writer, write_table

_ROWS = 1 << 16


@dataclass
class NextWordPredictions:
    """The arrays among ``names`` that predict next words, checked while they are read.

    ``log_likelihood`` of ``count`` predictions covers what was read so far.
    """

    files: RecordingFiles
    names: tuple[str, ...] = NEXT_WORD_ARRAYS
    log_likelihood: float = 0.0
    count: int = 0

    def __post_init__(self) -> None:
        arrays, largest_id = self.files.arrays, len(self.files.words) - 1
        self.sources = {name: arrays[name] for name in self.names if name in arrays}
        self._largest = dict.fromkeys(self.sources, 1)
        rules = dict.fromkeys(
            self.sources, ("a probability from 0 to 1", "write probabilities, not logits")
        )
        if "top_words" in self.sources:
            # A vocabulary that cannot be read is a fault of its own; any id is right then.
            largest_id = largest_id if self.files.words else np.iinfo(np.int32).max - 1
            self._largest["top_words"] = largest_id
            expected = f"ids from 0 to {largest_id:,}, as word_id has"
            rules["top_words"] = expected, "write the ids of words"
        self._rejected = {
            name: RejectedValues(self.sources[name].place, *rule) for name, rule in rules.items()
        }

    def blocks(self) -> Iterator[Mapping[str, Array]]:
        """All predictions, by array; faults are added to ``files`` at the end."""
        first = 0
        streams = (source.blocks(_ROWS) for source in self.sources.values())
        try:
            for arrays in zip(*streams, strict=True):
                block = dict(zip(self.sources, arrays, strict=True))
                self._check(block, first)
                yield block
                first += len(arrays[0])
        except UnreadableError as error:
            self.files.faults.append(error.fault)
        for rejected in self._rejected.values():
            self.files.faults += rejected.faults

    def _check(self, block: Mapping[str, Array], first: int) -> None:
        for name, values in block.items():
            wrong = (values < 0) | (values > self._largest[name])
            self._rejected[name].add(wrong, values, first)
        if "next_probability" in block:
            given = block["next_probability"]
            given = given[np.isfinite(given)].astype(np.float64)
            self.count += len(given)
            with np.errstate(divide="ignore", invalid="ignore"):  # some may have been 0
                self.log_likelihood += float(np.log(given).sum())

    @property
    def figures(self) -> dict[str, float]:
        """Loss in nats and perplexity of what was read; empty without any prediction."""
        if not self.count:
            return {}
        loss = -self.log_likelihood / self.count
        return {"loss": loss, "perplexity": perplexity(loss)}


def check_predictions(files: RecordingFiles) -> None:
    """Reads every array by itself, so that one that is cut short hides no fault of another."""
    for name in NEXT_WORD_ARRAYS:
        for _ in NextWordPredictions(files, names=(name,)).blocks():
            pass


def write_predictions(
    contents: RecordingContents, folder: Path
) -> tuple[tuple[Path, ...], dict[str, float]]:
    """Writes them into a checkpoint's folder; returns the files, and how good they are."""
    paths, figures = [], {}
    predictions = NextWordPredictions(contents.files)
    if predictions.sources:
        paths.append(given_path(folder, NEXT_WORDS))
        with open_table_writer(paths[-1], NEXT_WORDS) as writer:
            for block in predictions.blocks():
                writer.write({name: _with_nulls(block.get(name)) for name in NEXT_WORD_ARRAYS})
        figures = predictions.figures
    labels = contents.labels
    if contents.task == "classification" and labels.predicted is not None:
        paths.append(given_path(folder, CHOICES))
        predicted = np.ma.masked_less(labels.predicted, 0)
        columns = {"predicted": predicted, "probability": _with_nulls(labels.probabilities)}
        write_table(paths[-1], CHOICES, columns)
        if labels.labels is not None:
            figures["accuracy"] = float(np.ma.mean(predicted == labels.labels))
    return tuple(paths), figures


def _with_nulls(values: Array | None) -> Any:
    """A probability per token, null where it is NaN; lists as they are."""
    if values is None or values.ndim > 1:
        return values
    return np.ma.masked_invalid(values)
