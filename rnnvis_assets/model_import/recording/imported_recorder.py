"""Recording a whole split with an imported network, checked against its own outputs throughout."""

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from rnnvis_assets.engine.timed_progress import TimedProgress
from rnnvis_assets.model_import.reading.network_readers import NetworkReader, concatenate, rows_of
from rnnvis_assets.model_import.reading.recurrent_hooks import LayerwiseStates
from rnnvis_assets.model_import.reading.recurrent_modules import LayerArrays
from rnnvis_assets.model_import.recording.reading_plan import (
    ReadingPlan,
    RowGroup,
    batches_of,
    pieces_of,
)
from rnnvis_assets.recording.recorder import RecordingReport, largest_bounded
from rnnvis_assets.recording.recording_plan import Offsets, scalars_of
from rnnvis_assets.recording.row_checks import RowChecks
from warehouse.arrays import Float32Array, Int32Array
from warehouse.recording_schema import ROWS_OF_FLOAT32, LayerShape, RecordingFormat
from warehouse.recording_writer import RecordingWriter, write_recording
from warehouse.recordings import open_recording

LayerRows = Mapping[str, Float32Array]


class ImportedRecorder:
    """Records the ``words`` int32[tokens] of a split, cut into ``sequences``, piece by piece."""

    def __init__(self, reader: NetworkReader, words: Int32Array, sequences: Offsets) -> None:
        self._reader, self._word_ids, self._sequences = reader, words, sequences
        self._words = torch.from_numpy(words.astype(np.int64))
        self._carried: dict[int, LayerwiseStates] = {}
        self.checks: dict[tuple[int, int], RowChecks] = {}

    def record(self, groups: Sequence[RowGroup], writer: RecordingWriter) -> None:
        """Reads row groups together and writes them."""
        rows = {group: self._buffers(len(group.tokens)) for group in groups}
        home = {p: group for group in groups for p in pieces_of(group.tokens, self._sequences)}
        for batch in batches_of(list(home), self._reader.largest_batch):
            words = torch.stack([self._words[piece.start : piece.stop] for piece in batch])
            read = self._reader.read(words, self._states_before(batch))
            for number, piece in enumerate(batch):
                own = rows_of(read, slice(number, number + 1))
                self._keep(own, piece, home[piece].tokens.start, rows[home[piece]])
        for group, layers in rows.items():
            for layer, arrays in enumerate(layers):
                self._write(writer, layer, group, arrays)

    def _buffers(self, rows: int) -> list[LayerRows]:
        return [
            {name: np.empty((rows, shape.units), np.float32) for name in shape.arrays}
            for shape in self._reader.shapes
        ]

    def _keep(
        self, read: Sequence[LayerArrays], piece: range, first: int, rows: Sequence[LayerRows]
    ) -> None:
        """Copies what was read of a piece to rows that begin at the token ``first``, and the states
        to carry on."""
        for buffers, layer in zip(rows, read, strict=True):
            for name, values in layer.items():
                buffers[name][piece.start - first : piece.stop - first] = values[0].numpy()
        if not self._is_cut(piece.stop):
            self._carried[piece.stop] = self._reader.last_states(read)

    def _states_before(self, batch: Sequence[range]) -> LayerwiseStates | None:
        """The states that the pieces continue from; None where all begin a sequence."""
        states = [
            None if self._is_cut(piece.start) else self._carried.pop(piece.start) for piece in batch
        ]
        if not any(states):
            return None
        first = self._reader.first_states(1)
        return concatenate([first if layers is None else layers for layers in states], dim=0)

    def _is_cut(self, token: int) -> bool:
        """Whether one sequence ends and another begins before this token."""
        return bool(self._sequences[np.searchsorted(self._sequences, token)] == token)

    def _write(
        self, writer: RecordingWriter, layer: int, group: RowGroup, arrays: LayerRows
    ) -> None:
        shape, tokens = self._reader.shapes[layer], group.tokens
        scalars = scalars_of(
            self._sequences, self._word_ids[tokens.start : tokens.stop], tokens.start
        )
        position = scalars["position"]
        checks = self.checks.setdefault(
            (group.stream, layer), RowChecks(layer, shape.states, shape.units)
        )
        _watch(checks, shape, self._from_zero(layer, arrays, position), position, tokens.start)
        writer.append(layer, group.part, {**scalars, **arrays})

    def _from_zero(self, layer: int, arrays: LayerRows, position: Int32Array) -> LayerRows:
        """The arrays, with changes as if sequences began with zeros, so that they add up."""
        if self._reader.starts_from_zero:
            return arrays
        starts, changed = position == 0, dict(arrays)
        for name, first in self._reader.first_states(1)[layer].items():
            changed[f"{name}_delta"] = arrays[f"{name}_delta"] + np.outer(starts, first.numpy())
        return changed


def _watch(
    checks: RowChecks,
    shape: LayerShape,
    arrays: LayerRows,
    position: Int32Array,
    first_token: int,
) -> None:
    """Passes rows to the checks in the order in which the layer read them."""
    if shape.direction == "forward":
        checks.watch(arrays, position, first_token)
        return
    starts = np.append(position[1:], 0) != 0  # whole sequences: the next row begins one, or ends
    backward = {name: values[::-1] for name, values in arrays.items()}
    checks.watch(backward, starts[::-1].astype(np.int32), first_token)


def record_imported(
    reader: NetworkReader,
    words: Int32Array,
    sequences: Offsets,
    plan: ReadingPlan,
    folder: Path,
    *,
    source: Mapping[str, Any],
    stored: RecordingFormat = ROWS_OF_FLOAT32,
    report: Callable[[str], None],
) -> RecordingReport:
    """Records every token of int32[tokens] ``words``, cut into ``sequences``, to ``folder``, in the
    order of ``plan``.

    Raises ImportedModelError where the module's outputs differ from what is recorded,
    RecordingError where a state is not finite, StorageError where the disk is full.
    """
    started = time.perf_counter()
    recorder = ImportedRecorder(reader, words, sequences)
    progress = TimedProgress(len(words), report)
    with write_recording(
        folder,
        layers=reader.shapes,
        part_rows=plan.part_rows,
        source=source,
        stored=stored,
    ) as writer:
        for groups in plan.groups:
            recorder.record(groups, writer)
            progress.advance(sum(len(group.tokens) for group in groups))
    checks = [(reader.shapes[layer].cell, c) for (_, layer), c in recorder.checks.items()]
    return RecordingReport(
        recording=open_recording(folder),
        largest_hidden=largest_bounded(checks),
        largest_drift=max(check.largest_drift for _, check in checks),
        seconds=time.perf_counter() - started,
    )
