"""Classes of the sentences of an external recording, and the classes that its network predicted."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rnnvis_assets.recording_import.recording_faults import Array
from rnnvis_assets.recording_import.recording_files import RecordingFiles

Ints = npt.NDArray[np.int32]


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
    """Reads labels and predictions; faults are added to ``files``."""
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
        expected, repair = "a probability from 0 to 1", "write probabilities, not logits"
        files.reject(files.arrays["probability"], wrong, probabilities, expected, repair)
    return SentenceLabels(classes, indices.get("label"), indices.get("predicted"), probabilities)


def _classes(given: list[Array]) -> tuple[str, ...]:
    """Those found, in order: names by alphabet, numbers by size."""
    found = {value for values in given for value in values.tolist()}
    names = sorted(value for value in found if isinstance(value, str) and value)
    numbers = [value for value in found if not isinstance(value, str) and value is not None]
    return (*names, *(str(number) for number in range(max(numbers, default=-1) + 1)))


def _indices(files: RecordingFiles, name: str, values: Array, classes: tuple[str, ...]) -> Ints:
    """The index of each value among the classes; every label has to be one of them."""
    if values.dtype.kind in "UO":
        known = {label: index for index, label in enumerate(classes)}
        indices = np.array([known.get(value, -1) for value in values], np.int32)
        unknown = np.array([value not in (*known, None, "") for value in values])
    else:
        indices, unknown = np.maximum(values, -1).astype(np.int32), values >= len(classes)
    if name == "label":
        unknown |= indices < 0
    expected = f"one of the classes {', '.join(classes)}"
    repair = "correct it, or name every class under classes in recording.yaml"
    files.reject(files.arrays[name], unknown, values, expected, repair)
    return indices


def check_task(files: RecordingFiles, labels: SentenceLabels) -> None:
    """A classifier has at least two classes."""
    if files.description.task == "classification" and len(labels.classes) < 2:
        found, expected = f"{len(labels.classes)} classes", "at least 2 to classify into"
        repair = "give a label or a predicted class a sentence, or write task: language_model"
        files.report("recording.yaml, task", found, expected, repair)
