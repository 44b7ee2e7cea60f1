"""A foreign recording, opened and understood: all of it but the states, which are read last."""

from dataclasses import dataclass
from pathlib import Path

from rnnvis_assets.configuration.dataset_config import Task
from rnnvis_assets.recording.recording_plan import GROUPS_OF_A_PART, ROW_GROUP_BYTES
from rnnvis_assets.recording_import.checks.recording_faults import Fault
from rnnvis_assets.recording_import.checks.shape_checks import check_structure
from rnnvis_assets.recording_import.checks.state_checks import LayerReader
from rnnvis_assets.recording_import.contents.recorded_text import ForeignText, read_text
from rnnvis_assets.recording_import.contents.recording_sources import Opened
from rnnvis_assets.recording_import.contents.sentence_labels import Claims, check_task, read_claims
from rnnvis_assets.recording_import.contents.sequence_boundaries import Starts
from rnnvis_assets.recording_import.formats.array_source import Source
from rnnvis_assets.recording_import.formats.detect_format import open_folder

GROUPS_OF_A_BLOCK = 8
"""Row groups read at once; a part has a whole number of such blocks."""


def rows_of_a_group(units: int) -> int:
    """Rows of a row group, so that an array of a layer of ``units`` units has about as many bytes
    as in a recording of our own."""
    return max(1, ROW_GROUP_BYTES // (4 * max(units, 1)))


@dataclass(frozen=True)
class Prepared:
    """``text`` is None where the words or their cuts are unusable; ``opened`` has the faults.

    ``starts``: where the state starts anew, as far as that is known.
    """

    opened: Opened
    claims: Claims
    task: Task
    text: ForeignText | None
    starts: Starts

    @property
    def faults(self) -> list[Fault]:
        return self.opened.faults

    @property
    def rows_of_a_group(self) -> int:
        """Rows of a row group, by the widest layer."""
        widths = [
            source.shape[1]
            for arrays in self.opened.layers.values()
            for source in arrays.values()
            if len(source.shape) == 2
        ]
        return rows_of_a_group(max(widths, default=1))

    @property
    def rows_of_a_block(self) -> int:
        """Rows that are read at once: what bounds the memory."""
        return self.rows_of_a_group * GROUPS_OF_A_BLOCK

    @property
    def rows_of_a_part(self) -> int:
        return self.rows_of_a_group * GROUPS_OF_A_PART

    def readers(self) -> list[LayerReader]:
        """One a layer, from the input up."""
        described = self.opened.description
        readers = [
            LayerReader(layer, arrays, described, self.starts)
            for layer, arrays in sorted(self.opened.layers.items())
        ]
        return [reader for reader in readers if reader.states]

    def readers_of_misfits(self) -> list[LayerReader]:
        """One for all arrays of a layer that are of one shape, which is not that of the others; of
        these nobody knows where sequences begin."""
        groups: dict[tuple[int, tuple[int, ...]], dict[str, Source]] = {}
        for layer, name, source in self.opened.misfits.states:
            groups.setdefault((layer, source.shape), {})[name] = source
        described = self.opened.description
        return [
            LayerReader(layer, arrays, described, Starts.anywhere(shape[0]))
            for (layer, shape), arrays in groups.items()
        ]


def prepare(folder: Path) -> Prepared:
    """Opens a folder, checks how its arrays fit, and reads all that has one value a token.

    Raises RecordingError where there is no such folder.
    """
    opened = open_folder(folder)
    check_structure(opened)
    claims = read_claims(opened)
    check_task(opened, claims)
    told: Task = "classification" if claims.classify else "language_model"
    task = opened.description.task or told
    if task != told:
        opened.notes.append(f"task {task}: what is told of classes is left out")
    text, starts = read_text(opened, documents=task == "classification")
    return Prepared(opened, claims, task, text, starts)
