"""The contents of an external recording, and the check of all of them at once.

Everything that has one value per token or sentence is read into memory; the states are streamed.
"""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from rnnvis_assets.configuration.dataset_config import Task
from rnnvis_assets.recording.recording_plan import GROUPS_OF_A_PART, ROW_GROUP_BYTES, Offsets
from rnnvis_assets.recording_import.array_source import ArraySource
from rnnvis_assets.recording_import.labels_and_predictions import (
    SentenceLabels,
    check_predictions,
    read_labels,
)
from rnnvis_assets.recording_import.padded_steps import leave_out_padding
from rnnvis_assets.recording_import.recording_faults import RecordingFault, refuse_import
from rnnvis_assets.recording_import.recording_files import RecordingFiles, open_recording_files
from rnnvis_assets.recording_import.sequence_boundaries import RecordedText, read_text
from rnnvis_assets.recording_import.shape_checks import check_shapes, num_tokens
from rnnvis_assets.recording_import.state_checks import ExternalLayer
from rnnvis_assets.recording_import.state_hints import note_hints
from rnnvis_assets.recording_import.token_annotations import token_annotations

GROUPS_OF_A_BLOCK = 8
"""Row groups read at once; a part has a whole number of such blocks."""


@dataclass(frozen=True)
class RecordingContents:
    """``sequences`` are the offsets of sequences, ``text`` has the words too; None where they are
    unusable. ``files`` has the faults."""

    files: RecordingFiles
    labels: SentenceLabels
    task: Task
    text: RecordedText | None
    sequences: Offsets | None

    @property
    def rows_of_a_group(self) -> int:
        """Rows of a row group: an array of the widest layer has as many bytes as in our own."""
        widths = [source.shape[1] for arrays in self.files.layers.values()
                  for source in arrays.values()]  # fmt: skip
        return max(1, ROW_GROUP_BYTES // (4 * max([1, *widths])))

    @property
    def rows_of_a_block(self) -> int:
        """Rows that are read at once, which bounds the memory."""
        return self.rows_of_a_group * GROUPS_OF_A_BLOCK

    @property
    def rows_of_a_part(self) -> int:
        return self.rows_of_a_group * GROUPS_OF_A_PART

    def layers(self) -> list[ExternalLayer]:
        """One per layer, from the input up; arrays of another shape than the layer's others, which
        are a fault, are one more. Nobody knows the sequences of another number of tokens."""
        by_shape: dict[tuple[int, tuple[int, ...]], dict[str, ArraySource]] = {}
        for number, arrays in self.files.layers.items():
            for name, source in arrays.items():
                by_shape.setdefault((number, source.shape), {})[name] = source
        tokens, described = num_tokens(self.files), self.files.description
        return [
            ExternalLayer(
                number, sources, described, self.files.cell_of(number),
                self.sequences if rows == tokens else None,
            )
            for (number, (rows, units)), sources in by_shape.items()
            if units
        ]  # fmt: skip

    def require_sound(self) -> RecordedText:
        """The text. Raises RecordingError with every fault found so far, where there is one."""
        if self.files.faults or self.text is None:
            raise refuse_import(self.files.folder, self.files.faults)
        return self.text


def read_contents(folder: Path) -> RecordingContents:
    """Opens a folder, checks how its arrays fit, and reads its text and labels.

    Raises RecordingError where there is no such folder.
    """
    files = open_recording_files(folder)
    check_shapes(files)
    labels = read_labels(files)
    inferred: Task = "classification" if labels.is_classifier else "language_model"
    task = files.description.task or inferred
    if task != inferred:
        files.notes.append(f"task {task}: labels and predicted classes are left out")
    _note_guesses(files)
    text, sequences = read_text(files, num_tokens(files), documents=task == "classification")
    if text is not None:
        text = leave_out_padding(files, text)
        sequences = text.sequences
    return RecordingContents(files, labels, task, text, sequences)


def _note_guesses(files: RecordingFiles) -> None:
    if files.description.cell is None:
        guesses = {files.cell_of(number) or "unknown" for number in files.layer_numbers}
        for guess in sorted(guesses):
            because = {"lstm": "c is recorded", "gru": "a gate and no c is recorded"}.get(guess)
            files.notes.append(
                f"cell: {guess}, a guess ({because or 'only h is recorded'}); write cell: in "
                "recording.yaml to state it"
            )


@dataclass(frozen=True)
class CheckReport:
    """What was checked, in words; all faults; and decisions that the user should know of. The text,
    if its boundaries are known, and the units of every layer."""

    summary: str
    faults: tuple[RecordingFault, ...]
    notes: tuple[str, ...]
    text: RecordedText | None
    units: tuple[int, ...]


def check_recording(folder: Path) -> CheckReport:
    """Reads an external recording once, whatever its size, within bounded memory.

    Raises RecordingError where there is no such folder.
    """
    contents = read_contents(folder)
    files, layers = contents.files, contents.layers()

    def drain(layer: ExternalLayer) -> None:
        for _ in layer.blocks(contents.rows_of_a_block):
            pass

    read_layers(layers, files, drain)
    if contents.text is not None and not files.faults:
        note_hints(files, contents.text, layers)
    for annotation in token_annotations(files):
        annotation.read(files)
    check_predictions(files)
    return CheckReport(
        _summarise(contents, layers),
        tuple(files.faults),
        tuple(files.notes),
        contents.text,
        tuple(layer.units for layer in layers if layer.states),
    )


def read_layers(
    layers: Iterable[ExternalLayer], files: RecordingFiles, read: Callable[[ExternalLayer], None]
) -> None:
    """Calls ``read`` for all layers, as many at once as there are cores; collects their faults."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(read, layers))
    for layer in layers:
        files.faults += layer.faults


def _summarise(contents: RecordingContents, layers: Iterable[ExternalLayer]) -> str:
    """Tokens, sequences, words and layers, in one line."""
    text, words = contents.text, contents.files.words
    units = ", ".join(
        f"{layer.units} {' and '.join(layer.states)}" for layer in layers if layer.states
    )
    if text is None:
        return (
            f"units by layer: {units or 'none'}; the words or their boundaries are faulty, so a "
            "change is accepted in any row that may begin a sequence"
        )
    return (
        f"{text.num_tokens:,} tokens in {len(text.sequences) - 1:,} sequences and "
        f"{len(text.sentences) - 1:,} sentences, {len(words):,} words; "
        f"units by layer: {units or 'none'}; {contents.task}"
    )
