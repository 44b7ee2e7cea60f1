"""What ``recording.yaml`` may say beside the arrays (see FORMAT.md)."""

from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from rnnvis_assets.configuration.config_faults import ConfigFault as ConfigurationFault
from rnnvis_assets.configuration.config_faults import dotted
from rnnvis_assets.configuration.dataset_config import Strict, Task
from rnnvis_assets.configuration.validation_messages import explain
from rnnvis_assets.configuration.yaml_file import read_document
from rnnvis_assets.recording_import.checks.recording_faults import Fault

FILE = "recording.yaml"
ForeignCell = Literal["rnn", "lstm", "gru", "other"]


class Track(Strict):
    """How the annotation of a name is to be read."""

    track: str = Field(min_length=1, description="the annotation's name")
    kind: Literal["categorical", "numeric"] | None = Field(
        None, description="null: categorical where it is text or has names, else numeric"
    )
    names: tuple[str, ...] | None = Field(
        None, strict=False, description="of the categories 0, 1, …; a negative number is none"
    )


class Description(Strict):
    """A foreign recording, in so far as its arrays do not say it."""

    description: str = ""
    task: Task | None = Field(
        None, description="null: classification where sentences have labels, else language_model"
    )
    cell: ForeignCell | None = Field(
        None, description="null: lstm with a cell state, gru with a gate alone, else rnn"
    )
    bounded: bool = Field(True, description="hidden states are those of a tanh: within ±1")
    starts_from_zero: bool = Field(True, description="the state before every sequence is zero")
    layers: tuple[str, ...] | None = Field(None, strict=False, description="names, from the input")
    classes: tuple[str, ...] | None = Field(
        None, strict=False, description="names of the labels 0, 1, …; null: as the labels are"
    )
    end_of_sentence: str = Field(
        "<eos>", description="word that ends a sentence, where no sentence lengths are given"
    )
    annotations: tuple[Track, ...] = Field((), strict=False)

    def track(self, name: str) -> Track:
        """How the annotation ``name`` is to be read."""
        found = (track for track in self.annotations if track.track == name)
        return next(found, Track(track=name))


def read_description(folder: Path) -> tuple[Description, list[Fault]]:
    """What ``recording.yaml`` says, or all its faults; without such a file, the defaults."""
    path, wrong = folder / FILE, list[ConfigurationFault]()
    if not path.exists():
        return Description(), []
    document = read_document(path, wrong)
    if document is not None:
        try:
            return Description.model_validate(document.content), [*map(translate, wrong)]
        except ValidationError as error:
            wrong += explain(document, Description, error)
    return Description(), [*map(translate, wrong)]


def translate(fault: ConfigurationFault) -> Fault:
    """A configuration's message says by itself what was found and what was expected."""
    found, _, expected = fault.message.removeprefix("found ").partition(", expected ")
    line = "" if fault.line is None else f", line {fault.line}"
    key = f", {dotted(fault.location)}" if fault.location else ""
    return Fault(
        f"{fault.file.name}{line}{key}", found, expected or "another value", "see FORMAT.md"
    )
