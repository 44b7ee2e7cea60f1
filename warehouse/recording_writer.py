"""Writing a recording (see ``warehouse.recordings`` for its files), a row group at a time.

Float32 states are nearly noise, so they are written as they are. Measured on two trained LSTMs
(2 x 200 on Penn Treebank, 2 x 128 on docstrings), all five arrays, one core: plain 2,700 MB/s;
byte-stream-split with lz4 saved 6 to 10 % at 480 MB/s, with zstd 10 to 14 % at 290 MB/s and was
read at half the speed. Half the room takes float16, on request: it rounds a number by at most
2^-11 of itself, or 2^-25 of one below 2^-14; the largest rounding is kept. About half takes the
layout of blocks of units too, which loses nothing (see ``blocked_part_writer``).
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from warehouse.atomic_files import atomic_folder
from warehouse.blocked_part_writer import BlockedPartWriter
from warehouse.checked_json import write_checked_json
from warehouse.errors import RecordingError
from warehouse.plain_parquet import PlainParquetWriter
from warehouse.recording_schema import (
    ROWS_OF_FLOAT32,
    LayerShape,
    RecordingFormat,
    recording_schema,
)
from warehouse.recordings import DESCRIPTION, Columns, part_path

PartWriter = PlainParquetWriter | BlockedPartWriter


class RecordingWriter:
    """Writes the parts of a recording, each a row group at a time.

    Different parts may be written from different threads. A part's file is closed with its last
    row, so that only the parts being written are open. Other files that belong to the recording may
    be written to ``folder`` too.
    """

    def __init__(
        self,
        folder: Path,
        layers: Sequence[LayerShape],
        part_rows: Mapping[int, int],
        stored: RecordingFormat = ROWS_OF_FLOAT32,
    ) -> None:
        """``part_rows``: the rows of every part that is written, by its number."""
        self.folder, self._layers = folder, tuple(layers)
        self._part_rows, self._stored = dict(part_rows), stored
        self._rounding: dict[tuple[int, int], float] = {}
        self._open: dict[tuple[int, int], PartWriter] = {}
        self._written: dict[tuple[int, int], PartWriter] = {}
        for layer in range(len(layers)):
            part_path(folder, layer, 0).parent.mkdir(parents=True)

    def append(self, layer: int, part: int, columns: Columns) -> None:
        """Adds one row group, an array a column. Raises OSError where the disk is full,
        RecordingError where a number is too large for float16."""
        key = (layer, part)
        if self._stored.precision == "float16":
            columns = self._rounded(key, columns)
        if key not in self._open:
            self._open[key] = self._written[key] = self._begin(layer, part)
        writer = self._open[key]
        writer.write_row_group(columns)
        if writer.num_rows >= self._part_rows[part]:
            self._open.pop(key).close()

    def _begin(self, layer: int, part: int) -> PartWriter:
        path, shape = part_path(self.folder, layer, part), self._layers[layer]
        if self._stored.layout == "rows":
            return PlainParquetWriter(path, recording_schema(shape, self._stored))
        previous = (layer, part - 1)
        complete = None if previous in self._open else self._written.get(previous)
        before = complete.last_states if isinstance(complete, BlockedPartWriter) else {}
        return BlockedPartWriter(path, shape, self._stored, before)

    def _rounded(self, key: tuple[int, int], columns: Columns) -> Columns:
        rounded = dict(columns)
        for name in self._layers[key[0]].arrays:
            with np.errstate(over="ignore"):
                half = columns[name].astype(np.float16)
            error = float(np.abs(columns[name] - half).max())
            if not np.isfinite(error):
                raise RecordingError(
                    f"layer {key[0]}: found {name} of {float(np.abs(columns[name]).max()):,.0f}, "
                    f"expected at most {np.finfo(np.float16).max:,.0f}, the largest float16",
                    repair="write recording: {precision: float32} in the model's analysis",
                )
            rounded[name], self._rounding[key] = half, max(self._rounding.get(key, 0.0), error)
        return rounded

    @property
    def rounding(self) -> float:
        """The largest that storing a number in the precision cost so far."""
        return max(self._rounding.values(), default=0.0)

    def describe_parts(self) -> list[dict[str, Any]]:
        """Rows, bytes and checksums of every part, by layer, once all rows are written.

        Raises RecordingError where a part has more or fewer rows.
        """
        return [self._describe(part, rows) for part, rows in self._part_rows.items()]

    def _describe(self, part: int, rows: int) -> dict[str, Any]:
        layers = range(len(self._layers))
        for layer in layers:
            writer = self._written.get((layer, part))
            if (written := writer.num_rows if writer else 0) != rows:
                raise RecordingError(
                    f"layer {layer}, part {part}: {written} rows written, expected {rows}"
                )
        return {
            "rows": rows,
            "bytes": [part_path(self.folder, layer, part).stat().st_size for layer in layers],
            "footer_crc32": [self._written[layer, part].footer_crc32 for layer in layers],
        }

    def abandon(self) -> None:
        """Closes what an error left open."""
        for writer in self._open.values():
            writer.abandon()
        self._open.clear()


def write_description(
    folder: Path,
    layers: Sequence[LayerShape],
    parts: Sequence[Mapping[str, Any]],
    source: Mapping[str, Any],
    stored: RecordingFormat,
    rounding: float,
) -> None:
    """Describes a recording whose parts, described by ``describe_parts``, lie in ``folder``."""
    description: dict[str, Any] = {
        "layers": [asdict(layer) for layer in layers],
        "parts": list(parts),
        "source": dict(source),
    }
    if stored.precision != "float32":
        description |= {"precision": stored.precision, "rounding": rounding}
    if stored.layout != "rows":
        description |= {"layout": stored.layout, "block_units": stored.block_units}
    write_checked_json(folder / DESCRIPTION, description)


@contextmanager
def abandoning(writer: RecordingWriter) -> Iterator[RecordingWriter]:
    """Closes what an error within the block leaves open."""
    try:
        yield writer
    except BaseException:
        writer.abandon()
        raise


@contextmanager
def write_recording(
    folder: Path,
    *,
    layers: Sequence[LayerShape],
    part_rows: Sequence[int],
    source: Mapping[str, Any],
    stored: RecordingFormat = ROWS_OF_FLOAT32,
) -> Iterator[RecordingWriter]:
    """Opens a recording of ``part_rows`` rows a part; it appears, complete, when the block ends.

    ``source`` says what was recorded and is kept as it is.
    The parts are not synced one by one: one that a power cut leaves short is found by its size.
    Raises StorageError where the disk is full, RecordingError where rows are missing.
    """
    with atomic_folder(folder) as temporary:
        rows = dict(enumerate(part_rows))
        with abandoning(RecordingWriter(temporary, layers, rows, stored)) as writer:
            yield writer
            parts = writer.describe_parts()
        write_description(temporary, layers, parts, source, stored, writer.rounding)
