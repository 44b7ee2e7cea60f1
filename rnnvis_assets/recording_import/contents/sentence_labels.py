"""What a foreign recording says of its sentences: their classes, and what the network chose."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rnnvis_assets.recording_import.checks.recording_faults import Fault, Tally
from rnnvis_assets.recording_import.contents.recording_sources import Opened, read_or_tell
from rnnvis_assets.recording_import.formats.array_source import Array

Ints = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Claims:
    """``labels`` and ``predicted`` int32[sentences] are places in ``classes``, -1 for none;
    ``probabilities`` float32[sentences] (NaN: not told); each None where nothing was given."""

    classes: tuple[str, ...]
    labels: Ints | None
    predicted: Ints | None
    probabilities: npt.NDArray[np.float32] | None

    @property
    def classify(self) -> bool:
        """Whether the recording is that of a classifier, in so far as this tells."""
        return self.labels is not None or self.predicted is not None


def read_claims(opened: Opened) -> Claims:
    """Reads them; what is wrong is told, and then left out."""
    given = {
        name: read_or_tell(opened, opened.of_sentences.get(name))
        for name in ("label", "predicted", "probability")
    }
    named = {name: given[name] for name in ("label", "predicted") if _says(given[name])}
    classes = opened.description.classes or _classes(list(named.values()))
    places = {name: _places(opened, name, values, classes) for name, values in named.items()}
    _check_shares(opened, given["probability"])
    probabilities = given["probability"]
    return Claims(classes, places.get("label"), places.get("predicted"), probabilities)


def _says(values: Array | None) -> bool:
    """Whether anything is told: a column of nulls tells nothing."""
    return values is not None and any(value is not None for value in values)


def _classes(given: list[Array | None]) -> tuple[str, ...]:
    """Those found, in order: names by alphabet, numbers by size."""
    found = {value for values in given if values is not None for value in values.tolist()}
    names = sorted(value for value in found if isinstance(value, str) and value)
    numbers = [value for value in found if not isinstance(value, str) and value is not None]
    return (*names, *(str(number) for number in range(max(numbers, default=-1) + 1)))


def _places(
    opened: Opened, name: str, values: Array | None, classes: tuple[str, ...]
) -> Ints | None:
    """The place of each value among the classes."""
    if values is None:
        return None
    source = opened.of_sentences[name]
    known = {label: place for place, label in enumerate(classes)}
    if source.is_text:
        places = np.array([known.get(value, -1) for value in values], np.int32)
        foreign = np.array([value not in (*known, None, "") for value in values])
    else:
        places = np.maximum(values, -1).astype(np.int32)
        foreign = values >= len(classes)
    if name == "label":
        foreign |= places < 0
    mend = "correct it, or name every class under classes in recording.yaml"
    tally = Tally(source.place, f"one of the classes {', '.join(classes)}", mend)
    tally.take(foreign, values, 0)
    opened.faults += tally.faults
    return places


def _check_shares(opened: Opened, values: Array | None) -> None:
    if values is None:
        return
    place = opened.of_sentences["probability"].place
    tally = Tally(place, "a share from 0 to 1", "write probabilities, not logits")
    tally.take((values < 0) | (values > 1) | np.isinf(values), values, 0)
    opened.faults += tally.faults


def check_task(opened: Opened, claims: Claims) -> None:
    """A classifier of one class is none."""
    if opened.description.task == "classification" and len(claims.classes) < 2:
        found = f"{len(claims.classes)} classes"
        mend = "give a label or a predicted class a sentence, or say task: language_model"
        fault = Fault("recording.yaml, task", found, "at least 2 to classify into", mend)
        opened.faults.append(fault)
