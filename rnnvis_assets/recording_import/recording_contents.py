"""The contents of an external recording: all of it is read here but the states, which come last."""

from dataclasses import dataclass
from pathlib import Path

from rnnvis_assets.configuration.dataset_config import Task
from rnnvis_assets.recording.recording_plan import GROUPS_OF_A_PART, ROW_GROUP_BYTES
from rnnvis_assets.recording_import.array_source import ArraySource
from rnnvis_assets.recording_import.recording_faults import refuse_import
from rnnvis_assets.recording_import.recording_files import RecordingFiles, open_recording_files
from rnnvis_assets.recording_import.sentence_labels import (
    SentenceLabels,
    check_task,
    read_labels,
)
from rnnvis_assets.recording_import.sequence_boundaries import (
    RecordedText,
    SequenceBoundaries,
    read_text,
)
from rnnvis_assets.recording_import.shape_checks import check_shapes, num_tokens
from rnnvis_assets.recording_import.state_checks import ExternalLayer

GROUPS_OF_A_BLOCK = 8
"""Row groups read at once; a part has a whole number of such blocks."""


@dataclass(frozen=True)
class RecordingContents:
    """``text`` is None where the words or their boundaries are unusable; ``files`` has the faults."""

    files: RecordingFiles
    labels: SentenceLabels
    task: Task
    text: RecordedText | None
    boundaries: SequenceBoundaries

    @property
    def rows_of_a_group(self) -> int:
        """Rows of a row group: an array of the widest layer has as many bytes as in our own."""
        widths = [source.shape[1] for arrays in self.files.layers.values()
                  for source in arrays.values()]  # fmt: skip
        return max(1, ROW_GROUP_BYTES // (4 * max(widths, default=1)))

    @property
    def rows_of_a_block(self) -> int:
        """Rows that are read at once, which bounds the memory."""
        return self.rows_of_a_group * GROUPS_OF_A_BLOCK

    @property
    def rows_of_a_part(self) -> int:
        return self.rows_of_a_group * GROUPS_OF_A_PART

    def layers(self) -> list[ExternalLayer]:
        """One per layer, from the input up; arrays of another shape than the layer's others, which
        are a fault, are one more. Where sequences begin in other than all tokens is unknown."""
        tokens, grouped = num_tokens(self.files), []
        for number, arrays in self.files.layers.items():
            by_shape: dict[tuple[int, ...], dict[str, ArraySource]] = {}
            for name, source in arrays.items():
                by_shape.setdefault(source.shape, {})[name] = source
            for (rows, units), sources in by_shape.items():
                known = self.boundaries if rows == tokens else SequenceBoundaries.anywhere(rows)
                if units:
                    layer = ExternalLayer(number, sources, self.files.description, known)
                    grouped.append(layer)
        return grouped

    def require_sound(self) -> RecordedText:
        """The text. Raises RecordingError with every fault found so far, where there is one."""
        if self.files.faults or self.text is None:
            raise refuse_import(self.files.folder, self.files.faults)
        return self.text


def read_contents(folder: Path) -> RecordingContents:
    """Opens a folder, checks how its arrays fit, and reads all that has one value per token.

    Raises RecordingError where there is no such folder.
    """
    files = open_recording_files(folder)
    check_shapes(files)
    labels = read_labels(files)
    check_task(files, labels)
    inferred: Task = "classification" if labels.is_classifier else "language_model"
    task = files.description.task or inferred
    if task != inferred:
        files.notes.append(f"task {task}: labels and predicted classes are left out")
    text, boundaries = read_text(files, num_tokens(files), documents=task == "classification")
    return RecordingContents(files, labels, task, text, boundaries)
