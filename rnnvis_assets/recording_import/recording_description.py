"""What ``recording.yaml`` may state beside the arrays (see docs/recording_format.md)."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from rnnvis_assets.configuration.config_faults import ConfigFault, dotted
from rnnvis_assets.configuration.dataset_config import Strict, Task
from rnnvis_assets.configuration.validation_messages import explain
from rnnvis_assets.configuration.yaml_file import read_document
from rnnvis_assets.recording_import.recording_faults import RecordingFault

DESCRIPTION_FILE = "recording.yaml"
ExternalCell = Literal["rnn", "lstm", "gru", "other"]


class AnnotationSettings(Strict):
    """How one annotation is read."""

    track: str = Field(min_length=1, description="the annotation's name")
    kind: Literal["categorical", "numeric"] | None = Field(
        None, description="null: categorical for text and where names are given, else numeric"
    )
    names: tuple[str, ...] | None = Field(
        None, strict=False, description="of the categories 0, 1, …; a negative number is none"
    )


class RecordingDescription(Strict):
    """What the arrays of an external recording do not show."""

    description: str = ""
    task: Task | None = Field(
        None, description="null: classification where sentences have labels, else language_model"
    )
    cell: ExternalCell | None = Field(
        None, description="null: lstm with a cell state, gru with only a gate, else unknown"
    )
    bounded: bool = Field(True, description="hidden states are those of a tanh: within ±1")
    starts_from_zero: bool = Field(True, description="the state before every sequence is zero")
    backward: tuple[Annotated[int, Field(ge=0)], ...] = Field(
        (), strict=False, description="numbers of the layers that read a sequence from its end"
    )
    start_of_sequence: str | None = Field(
        None, description="word that every sequence starts with, where no lengths are given"
    )
    padding: str | None = Field(
        None, description="word that only fills up sequences; its tokens are left out"
    )
    layers: tuple[str, ...] | None = Field(None, strict=False, description="names, from the input")
    classes: tuple[str, ...] | None = Field(
        None, strict=False, description="names of the labels 0, 1, …; null: as the labels are"
    )
    end_of_sentence: str = Field(
        "<eos>", description="word that ends a sentence, where no sentence lengths are given"
    )
    annotations: tuple[AnnotationSettings, ...] = Field((), strict=False)

    def annotation(self, name: str) -> AnnotationSettings:
        """How the annotation ``name`` is read."""
        found = (settings for settings in self.annotations if settings.track == name)
        return next(found, AnnotationSettings(track=name))


def read_description(folder: Path) -> tuple[RecordingDescription, list[RecordingFault]]:
    """The content of ``recording.yaml``, or all its faults; without the file, the defaults."""
    path, faults = folder / DESCRIPTION_FILE, list[ConfigFault]()
    document = read_document(path, faults) if path.exists() else None
    if document is not None:
        try:
            return RecordingDescription.model_validate(document.content), _translate(faults)
        except ValidationError as error:
            faults += explain(document, RecordingDescription, error)
    return RecordingDescription(), _translate(faults)


def _translate(faults: list[ConfigFault]) -> list[RecordingFault]:
    """A configuration's message holds both what was found and what was expected."""
    translated = []
    for fault in faults:
        found, _, expected = fault.message.removeprefix("found ").partition(", expected ")
        line = "" if fault.line is None else f", line {fault.line}"
        key = f", {dotted(fault.location)}" if fault.location else ""
        where, repair = f"{fault.file.name}{line}{key}", "see docs/recording_format.md"
        translated.append(RecordingFault(where, found, expected or "another value", repair))
    return translated
