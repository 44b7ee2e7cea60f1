"""Recording a whole split with an imported network, checked against its own outputs throughout."""

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from rnnvis_assets.model_import.reading.network_readers import NetworkReader, concatenate
from rnnvis_assets.model_import.reading.recurrent_hooks import LayerwiseStates
from rnnvis_assets.model_import.reading.recurrent_modules import LayerArrays
from rnnvis_assets.model_import.recording.reading_plan import (
    ReadingPlan,
    RowRange,
    SequencePiece,
    batches_of,
    pieces_of,
)
from rnnvis_assets.recording.recorder import Progress, RecordingReport
from rnnvis_assets.recording.row_checks import RowChecks
from rnnvis_assets.recording.sequence_offsets import Offsets, sequence_and_position
from warehouse.recording_schema import LayerShape
from warehouse.recording_writer import RecordingWriter, write_recording
from warehouse.recordings import open_recording

LayerRows = Mapping[str, npt.NDArray[np.float32]]
_BOUNDED_CELLS = ("rnn", "lstm", "gru")


class ImportedRecorder:
    """Records the ``words`` int32[tokens] of a split, cut into ``sequences``, piece by piece."""

    def __init__(
        self, reader: NetworkReader, words: npt.NDArray[np.int32], sequences: Offsets
    ) -> None:
        self._reader, self._sequences = reader, sequences
        self._words = torch.from_numpy(words.astype(np.int64))
        self._carried: dict[int, LayerwiseStates] = {}
        self.checks: dict[tuple[int, int], RowChecks] = {}

    def record(self, ranges: Sequence[RowRange], writer: RecordingWriter) -> None:
        """Reads the ranges together and writes a row group of each."""
        rows = {found: self._buffers(found) for found in ranges}
        origin = {piece: found for found in ranges for piece in pieces_of(found, self._sequences)}
        for batch in batches_of(list(origin), self._reader.largest_batch):
            words = torch.stack([self._words[piece.start : piece.stop] for piece in batch])
            read = self._reader.read(words, self._states_before(batch))
            for number, piece in enumerate(batch):
                own = [{n: v[number : number + 1] for n, v in layer.items()} for layer in read]
                self._keep(piece, own, origin[piece], rows[origin[piece]])
        for found, layers in rows.items():
            for layer, arrays in enumerate(layers):
                self._write(writer, layer, found, arrays)

    def _keep(
        self,
        piece: SequencePiece,
        read: Sequence[LayerArrays],
        found: RowRange,
        rows: Sequence[LayerRows],
    ) -> None:
        """Copies what was read of a piece to the rows of its range, and the states to carry on."""
        inside = slice(piece.start - found.start, piece.stop - found.start)
        for buffers, layer in zip(rows, read, strict=True):
            for name, values in layer.items():
                buffers[name][inside] = values[0].numpy()
        if not self._ends_at(piece.stop):
            self._carried[piece.stop] = self._reader.last_states(read)

    def _buffers(self, found: RowRange) -> list[LayerRows]:
        return [
            {name: np.empty((len(found), shape.units), np.float32) for name in shape.arrays}
            for shape in self._reader.shapes
        ]

    def _states_before(self, batch: Sequence[SequencePiece]) -> LayerwiseStates | None:
        """The states that the pieces continue from; None where all begin a sequence."""
        states = [None if p.begins else self._carried.pop(p.start) for p in batch]
        carried = next((layers for layers in states if layers is not None), None)
        if carried is None:
            return None
        zeros = [{name: torch.zeros_like(s) for name, s in layer.items()} for layer in carried]
        return concatenate([zeros if layers is None else layers for layers in states], dim=0)

    def _ends_at(self, token: int) -> bool:
        """Whether a sequence ends before this token."""
        return bool(self._sequences[np.searchsorted(self._sequences, token)] == token)

    def _write(
        self, writer: RecordingWriter, layer: int, found: RowRange, arrays: LayerRows
    ) -> None:
        shape = self._reader.shapes[layer]
        sequence, position = sequence_and_position(self._sequences, found.start, found.stop)
        checks = self.checks.setdefault(
            (found.lane, layer), RowChecks(layer, shape.states, shape.units)
        )
        _watch(checks, shape, arrays, position, found.start)
        scalars: dict[str, npt.NDArray[Any]] = {
            "sequence": sequence,
            "position": position,
            "token": np.arange(found.start, found.stop),
            "word_id": self._words[found.start : found.stop].numpy().astype(np.int32),
        }
        writer.append(layer, found.part, {**scalars, **arrays})


def _watch(
    checks: RowChecks,
    shape: LayerShape,
    arrays: LayerRows,
    position: npt.NDArray[np.int32],
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
    words: npt.NDArray[np.int32],
    sequences: Offsets,
    plan: ReadingPlan,
    folder: Path,
    *,
    source: Mapping[str, Any],
    report: Callable[[str], None],
) -> RecordingReport:
    """Records every token of int32[tokens] ``words``, cut into ``sequences``, to ``folder``, in the
    order of ``plan``.

    Raises ImportedModelError where the module's outputs differ from what is recorded,
    RecordingError where a state is not finite, StorageError where the disk is full.
    """
    started = time.perf_counter()
    recorder, progress = ImportedRecorder(reader, words, sequences), Progress(len(words), report)
    with write_recording(
        folder, layers=reader.shapes, part_rows=plan.part_rows, source=source
    ) as writer:
        for ranges in plan.ranges:
            recorder.record(ranges, writer)
            progress.advance(sum(map(len, ranges)))
    checks = recorder.checks.items()
    bounded = [c for (_, layer), c in checks if reader.shapes[layer].cell in _BOUNDED_CELLS]
    return RecordingReport(
        recording=open_recording(folder),
        largest_hidden=max((check.largest_hidden for check in bounded), default=0.0),
        largest_drift=max(check.largest_drift for _, check in checks),
        seconds=time.perf_counter() - started,
    )
