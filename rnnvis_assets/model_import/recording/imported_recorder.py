"""Recording a whole split with a network from elsewhere, checked against it at every step."""

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from rnnvis_assets.model_import.reading.network_readers import Reader
from rnnvis_assets.model_import.recording.batching import (
    Piece,
    Range,
    Rounds,
    batches_of,
    pieces_of,
)
from rnnvis_assets.recording.recorder import RecordingProgress, RecordingReport
from rnnvis_assets.recording.row_checks import RowChecks
from rnnvis_assets.recording.sequence_offsets import Offsets, sequence_and_position
from warehouse.recording_schema import LayerShape
from warehouse.recording_writer import RecordingWriter, write_recording
from warehouse.recordings import open_recording

Rows = Mapping[str, npt.NDArray[np.float32]]


class ImportedRecorder:
    """Records the ``words`` int32[tokens] of a split, cut into ``sequences``, piece by piece."""

    def __init__(self, reader: Reader, words: npt.NDArray[np.int32], sequences: Offsets) -> None:
        self._reader, self._sequences = reader, sequences
        self._words = torch.from_numpy(words.astype(np.int64))
        self._carried: dict[int, list[Tensor]] = {}
        self.checks: dict[tuple[int, int], RowChecks] = {}

    def record(self, ranges: Sequence[Range], writer: RecordingWriter) -> None:
        """Reads the ranges of a round and writes a row group of each."""
        buffers = {found: self._buffers(found) for found in ranges}
        home = {piece: found for found in ranges for piece in pieces_of(found, self._sequences)}
        for batch in batches_of(list(home), self._reader.largest_batch):
            self._read(batch, [buffers[home[piece]] for piece in batch], home)
        for found, rows in buffers.items():
            for layer, arrays in enumerate(rows):
                self._write(writer, layer, found, arrays)

    def _buffers(self, found: Range) -> list[Rows]:
        rows = found.stop - found.start
        return [
            {name: np.empty((rows, shape.units), np.float32) for name in shape.arrays}
            for shape in self._reader.shapes
        ]

    def _read(
        self, batch: Sequence[Piece], rows: Sequence[list[Rows]], home: Mapping[Piece, Range]
    ) -> None:
        words = torch.stack([self._words[piece.start : piece.stop] for piece in batch])
        read = self._reader.read(words, self._before(batch))
        for place, (piece, layers) in enumerate(zip(batch, rows, strict=True)):
            first = home[piece].start
            for arrays, found in zip(layers, read.arrays, strict=True):
                for name, values in found.items():
                    arrays[name][piece.start - first : piece.stop - first] = values[place].numpy()
            if not self._is_end(piece.stop):
                self._carried[piece.stop] = [state[place] for state in read.after]

    def _before(self, batch: Sequence[Piece]) -> list[Tensor] | None:
        """The states that the pieces go on from; None where all begin a sequence."""
        states = [None if p.begins else self._carried.pop(p.start) for p in batch]
        going_on = next((state for state in states if state is not None), None)
        if going_on is None:
            return None
        zeros = [torch.zeros_like(state) for state in going_on]
        rows = [zeros if state is None else state for state in states]
        return [torch.stack(column) for column in zip(*rows, strict=True)]

    def _is_end(self, token: int) -> bool:
        """Whether a sequence ends before this token."""
        return bool(self._sequences[np.searchsorted(self._sequences, token)] == token)

    def _write(self, writer: RecordingWriter, layer: int, found: Range, arrays: Rows) -> None:
        shape = self._reader.shapes[layer]
        sequence, position = sequence_and_position(self._sequences, found.start, found.stop)
        checks = self.checks.setdefault(
            (found.stream, layer), RowChecks(layer, shape.states, shape.units)
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
    arrays: Rows,
    position: npt.NDArray[np.int32],
    first_token: int,
) -> None:
    """Shows rows to the checks in the order in which the layer read them."""
    if shape.direction == "forward":
        checks.watch(arrays, position, first_token)
        return
    starts = np.append(position[1:], 0) != 0  # whole sequences: the next row begins one, or ends
    backward = {name: values[::-1] for name, values in arrays.items()}
    checks.watch(backward, starts[::-1].astype(np.int32), first_token)


def record_imported(
    reader: Reader,
    words: npt.NDArray[np.int32],
    sequences: Offsets,
    rounds: Rounds,
    folder: Path,
    *,
    source: Mapping[str, Any],
    report: Callable[[str], None],
) -> RecordingReport:
    """Records every token of int32[tokens] ``words``, cut into ``sequences``, to ``folder``, in
    ``rounds`` (see ``rounds_of``).

    Raises ImportedModelError where the module's outputs differ from what is recorded,
    RecordingError where a state is not finite, StorageError where the disk is full.
    """
    started = time.perf_counter()
    recorder, progress = (
        ImportedRecorder(reader, words, sequences),
        RecordingProgress(len(words), report),
    )
    with write_recording(
        folder, layers=reader.shapes, part_rows=rounds.part_rows, source=source
    ) as writer:
        for ranges in rounds.ranges:
            recorder.record(ranges, writer)
            progress.advance(sum(found.stop - found.start for found in ranges))
    bounded = ("rnn", "lstm", "gru")
    checks = recorder.checks.items()
    return RecordingReport(
        recording=open_recording(folder),
        largest_hidden=max(
            (c.largest_hidden for (_, n), c in checks if reader.shapes[n].cell in bounded),
            default=0.0,
        ),
        largest_drift=max(check.largest_drift for _, check in checks),
        seconds=time.perf_counter() - started,
    )
