"""Classes of sentences, and what the network of an external recording predicted."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from rnnvis_assets.network.external_predictions import CHOICES, NEXT_WORDS, given_path
from rnnvis_assets.network.recurrent_network import perplexity
from rnnvis_assets.recording_import.recording_faults import Array, Mask
from rnnvis_assets.recording_import.recording_files import NEXT_WORD_ARRAYS, RecordingFiles
from warehouse.parquet_tables import open_table_writer, write_table

Ints = npt.NDArray[np.int32]
_PROBABILITY = "a probability from 0 to 1", "write probabilities, not logits"


@dataclass(frozen=True)
class SentenceLabels:
    """``labels`` and ``predicted`` int32[sentences] are indices of ``classes``, -1 for none;
    ``probabilities`` float32[sentences], NaN for none; each None where nothing was given."""

    classes: tuple[str, ...]
    labels: Ints | None
    predicted: Ints | None
    probabilities: npt.NDArray[np.float32] | None

    @property
    def is_classifier(self) -> bool:
        """Whether the recording is that of a classifier, as far as labels show."""
        return self.labels is not None or self.predicted is not None


def read_labels(files: RecordingFiles) -> SentenceLabels:
    """Reads labels and predicted classes; faults are added to ``files``."""
    given = {
        name: values
        for name in ("label", "predicted")
        if (values := files.read(name)) is not None
        and any(value is not None for value in values)  # a column of nulls is as good as none
    }
    classes = files.description.classes or _classes(list(given.values()))
    indices = {name: _indices(files, name, values, classes) for name, values in given.items()}
    probabilities = files.read("probability")
    if probabilities is not None:
        wrong = (probabilities < 0) | (probabilities > 1)
        files.reject("probability", wrong, probabilities, *_PROBABILITY)
    if files.description.task == "classification" and len(classes) < 2:
        found, expected = f"{len(classes)} classes", "at least 2 to classify into"
        repair = "give a label or a predicted class a sentence, or write task: language_model"
        files.report("recording.yaml, task", found, expected, repair)
    return SentenceLabels(classes, indices.get("label"), indices.get("predicted"), probabilities)


def _classes(given: list[Array]) -> tuple[str, ...]:
    """Those that occur, in order: names by alphabet, numbers by size."""
    found = {value for values in given for value in np.unique(values[_is_given(values)]).tolist()}
    names = sorted(value for value in found if isinstance(value, str))
    return (*names, *map(str, sorted(value for value in found if not isinstance(value, str))))


def _is_given(values: Array) -> Mask:
    """False for null, empty text and negative numbers, which stand for no class."""
    if values.dtype.kind in "UO":
        return np.array([value not in (None, "") for value in values.tolist()], bool)
    return np.asarray(values >= 0, bool)


def _indices(files: RecordingFiles, name: str, values: Array, classes: tuple[str, ...]) -> Ints:
    """The index of each value among the classes; every label has to be one of them.

    A number is an index of the classes that the description names, else the name of a class.
    """
    known: dict[Any, int] = {label: index for index, label in enumerate(classes)}
    if values.dtype.kind not in "UO":
        stated = files.description.classes is not None
        known = {index if stated else int(label): index for label, index in known.items()
                 if stated or label.isdecimal()}  # fmt: skip
    indices = np.array([known.get(value, -1) for value in values.tolist()], np.int32)
    unknown = (indices < 0) & _is_given(values)
    if name == "label":
        unknown |= indices < 0
    expected = f"one of the classes {', '.join(classes)}"
    repair = "correct it, or name every class under classes in recording.yaml"
    files.reject(name, unknown, values, expected, repair)
    return indices


def _next_word_blocks(files: RecordingFiles, name: str) -> Iterator[Array]:
    """One of ``NEXT_WORD_ARRAYS``, block by block; faults are added to ``files`` at the end."""
    largest, rule = 1, _PROBABILITY
    if name == "top_words":
        largest = (len(files.words) or np.iinfo(np.int32).max) - 1
        rule = f"ids from 0 to {largest:,}, as word_id has", "write the ids of words"
    return files.checked_blocks(name, lambda block: (block < 0) | (block > largest), *rule)


def check_predictions(files: RecordingFiles) -> None:
    """Reads what was predicted after each token; faults are added to ``files``."""
    for name in NEXT_WORD_ARRAYS:
        if name in files.arrays:
            for _ in _next_word_blocks(files, name):
                pass


def write_next_words(files: RecordingFiles, folder: Path) -> tuple[list[Path], dict[str, float]]:
    """Writes what was predicted after each token into a checkpoint's folder.

    Returns the file, and loss (nats) and perplexity of the predictions; neither where none is.
    """
    streams = {name: _next_word_blocks(files, name) for name in NEXT_WORD_ARRAYS
               if name in files.arrays}  # fmt: skip
    if not streams:
        return [], {}
    path, log_likelihood, count = given_path(folder, NEXT_WORDS), 0.0, 0
    with open_table_writer(path, NEXT_WORDS) as writer:
        for arrays in zip_longest(*streams.values()):
            block = dict(zip(streams, arrays, strict=True))
            writer.write({name: _with_nulls(block.get(name)) for name in NEXT_WORD_ARRAYS})
            given = block.get("next_probability")
            if given is not None:
                given = given[np.isfinite(given)].astype(np.float64)
                count += len(given)
                with np.errstate(divide="ignore", invalid="ignore"):  # some may have been 0
                    log_likelihood += float(np.log(given).sum())
    loss = -log_likelihood / max(count, 1)
    return [path], {"loss": loss, "perplexity": perplexity(loss)} if count else {}


def write_predicted_classes(
    labels: SentenceLabels, folder: Path
) -> tuple[list[Path], dict[str, float]]:
    """Writes the class predicted for each sentence; returns the file, and the accuracy."""
    if labels.predicted is None:
        return [], {}
    path, predicted = given_path(folder, CHOICES), np.ma.masked_less(labels.predicted, 0)
    columns = {"predicted": predicted, "probability": _with_nulls(labels.probabilities)}
    write_table(path, CHOICES, columns)
    if labels.labels is None:
        return [path], {}
    return [path], {"accuracy": float(np.ma.mean(predicted == labels.labels))}


def _with_nulls(values: Array | None) -> Any:
    """A probability per token, null where it is NaN; lists as they are."""
    if values is None or values.ndim > 1:
        return values
    return np.ma.masked_invalid(values)
