"""Recordings: what every token did to a network's memory, in Parquet parts (DESIGN section 4).

Belongs here: the files of a recording, writing them a row group at a time, and reading them back
in row order. Does not belong here: running the network (see ``rnnvis_assets.recording``).

    recording.json                     units, arrays, rows and bytes of every part, source
    layer=<l>/part-00000.parquet ...   one row a token, ordered by sequence then position
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from warehouse.errors import RecordingError
from warehouse.files import atomic_folder, write_json
from warehouse.schema import recording_schema

Columns = Mapping[str, npt.NDArray[Any]]
"""Arrays by column name: scalars [rows], states float32[rows, units]."""

_REPAIR = "rnnvis materialize MODEL"
_DESCRIPTION = "recording.json"


def _part_path(folder: Path, layer: int, part: int) -> Path:
    return folder / f"layer={layer}" / f"part-{part:05d}.parquet"


class RecordingWriter:
    """Writes the parts of a recording, each a row group at a time.

    Different parts may be written from different threads. A part's file is closed with its last
    row, so that the number of open files is that of the parts being written.
    """

    def __init__(
        self, folder: Path, units: Sequence[int], arrays: tuple[str, ...], part_rows: Sequence[int]
    ) -> None:
        self._folder = folder
        self._part_rows = tuple(part_rows)
        self._schemas = [recording_schema(size, arrays) for size in units]
        self._open: dict[tuple[int, int], pq.ParquetWriter] = {}
        self._written: dict[tuple[int, int], int] = {}
        for layer in range(len(units)):
            _part_path(folder, layer, 0).parent.mkdir(parents=True)

    def append(self, layer: int, part: int, columns: Columns) -> None:
        """Adds one row group to a part. Raises RecordingError past the part's number of rows."""
        schema, key = self._schemas[layer], (layer, part)
        if key not in self._open:
            self._open[key] = _open_part(_part_path(self._folder, layer, part), schema)
        batch = _record_batch(columns, schema)
        self._open[key].write_batch(batch)
        self._written[key] = self._written.get(key, 0) + batch.num_rows
        if self._written[key] >= self._part_rows[part]:
            self._open.pop(key).close()

    def finish(self, source: Mapping[str, Any]) -> None:
        """Describes the whole recording. Raises RecordingError where a part has other rows."""
        parts = []
        for part, rows in enumerate(self._part_rows):
            for layer in range(len(self._schemas)):
                written = self._written.get((layer, part), 0)
                if written != rows:
                    raise RecordingError(
                        f"layer {layer}, part {part}: {written} rows written, expected {rows}"
                    )
            paths = [_part_path(self._folder, layer, part) for layer in range(len(self._schemas))]
            parts.append({"rows": rows, "bytes": [path.stat().st_size for path in paths]})
        arrays = [name for name in self._schemas[0].names if name not in SCALARS]
        units = [schema.field(arrays[0]).type.list_size for schema in self._schemas]
        description = {"units": units, "arrays": arrays, "parts": parts, "source": dict(source)}
        write_json(self._folder / _DESCRIPTION, description)

    def close(self) -> None:
        """Gives back what an interrupted writing left open."""
        for writer in self._open.values():
            writer.close()
        self._open.clear()


SCALARS = ("sequence", "position", "token", "word_id")


def _open_part(path: Path, schema: pa.Schema) -> pq.ParquetWriter:
    return pq.ParquetWriter(
        path, schema, compression="none", use_dictionary=False, write_statistics=list(SCALARS)
    )


def _record_batch(columns: Columns, schema: pa.Schema) -> pa.RecordBatch:
    """The columns as Arrow, over the same memory."""
    arrays = []
    for field in schema:
        values = columns[field.name]
        if values.ndim == 2:
            flat = pa.array(values.reshape(-1))
            arrays.append(pa.FixedSizeListArray.from_arrays(flat, type=field.type))
        else:
            arrays.append(pa.array(values, field.type))
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


@contextmanager
def write_recording(
    folder: Path,
    *,
    units: Sequence[int],
    arrays: tuple[str, ...],
    part_rows: Sequence[int],
    source: Mapping[str, Any],
) -> Iterator[RecordingWriter]:
    """Opens a recording of ``part_rows`` rows a part; it appears, whole, when the block ends.

    ``units`` holds one number a layer. ``source`` says what was recorded and is kept as it is.
    Raises StorageError where the disk is full, RecordingError where rows are missing.
    """
    with atomic_folder(folder) as temporary:
        writer = RecordingWriter(temporary, units, arrays, part_rows)
        try:
            yield writer
            writer.finish(source)
        finally:
            writer.close()


@dataclass(frozen=True)
class Recording:
    """A whole recording on disk. ``parts`` holds the rows of every part (of each layer alike)."""

    folder: Path
    units: tuple[int, ...]
    arrays: tuple[str, ...]
    parts: tuple[int, ...]
    source: Mapping[str, Any]

    @property
    def num_layers(self) -> int:
        return len(self.units)

    @property
    def num_tokens(self) -> int:
        return sum(self.parts)

    @property
    def states(self) -> tuple[str, ...]:
        """The recorded states that can be analysed: hidden, and cell for an LSTM."""
        return tuple(name for name in ("hidden", "cell") if name in self.arrays)

    @cached_property
    def _offsets(self) -> npt.NDArray[np.int64]:
        return np.concatenate([[0], np.cumsum(self.parts)]).astype(np.int64)

    def batches(
        self, layer: int, columns: Sequence[str], rows: int = 4096
    ) -> Iterator[dict[str, npt.NDArray[Any]]]:
        """All rows in order, at most ``rows`` at a time, in memory that one batch bounds.

        Scalars are 1-d arrays, states float32[rows, units]; read-only, over Arrow's memory.
        """
        for part in range(len(self.parts)):
            with self._open(layer, part) as file:
                for batch in file.iter_batches(rows, columns=list(columns), use_threads=False):
                    yield {name: _numpy(batch.column(name)) for name in columns}

    def rows(
        self, layer: int, columns: Sequence[str], start: int, stop: int
    ) -> dict[str, npt.NDArray[Any]]:
        """Rows ``start`` to ``stop`` (a sentence, say); reads only the row groups they lie in.

        Raises RecordingError where the range is not within the recording.
        """
        if not 0 <= start < stop <= self.num_tokens:
            raise RecordingError(f"rows {start} to {stop} of a recording of {self.num_tokens}")
        first = int(np.searchsorted(self._offsets, start, side="right")) - 1
        last = int(np.searchsorted(self._offsets, stop, side="left")) - 1
        pieces = [
            self._rows_of_part(layer, part, columns, start, stop) for part in range(first, last + 1)
        ]
        return {name: np.concatenate([piece[name] for piece in pieces]) for name in columns}

    def _rows_of_part(
        self, layer: int, part: int, columns: Sequence[str], start: int, stop: int
    ) -> dict[str, npt.NDArray[Any]]:
        offset = int(self._offsets[part])
        low, high = max(start - offset, 0), min(stop - offset, self.parts[part])
        with self._open(layer, part) as file:
            sizes = [
                file.metadata.row_group(group).num_rows for group in range(file.num_row_groups)
            ]
            ends = np.cumsum(sizes)
            groups = np.flatnonzero((ends > low) & (ends - sizes < high))
            table = file.read_row_groups(groups.tolist(), columns=list(columns), use_threads=False)
            begin = int(ends[groups[0]] - sizes[groups[0]])
            table = table.slice(low - begin, high - low).combine_chunks()
            return {name: _numpy(table.column(name).chunk(0)) for name in columns}

    @contextmanager
    def _open(self, layer: int, part: int) -> Iterator[pq.ParquetFile]:
        path = _part_path(self.folder, layer, part)
        try:
            with pq.ParquetFile(path) as file:
                yield file
        except (OSError, pa.ArrowInvalid) as error:
            raise RecordingError(f"{path} cannot be read: {error}", repair=_REPAIR) from error


def _numpy(column: pa.Array) -> npt.NDArray[Any]:
    if pa.types.is_fixed_size_list(column.type):
        values = column.flatten().to_numpy(zero_copy_only=True)
        return values.reshape(len(column), column.type.list_size)  # type: ignore[no-any-return]
    return column.to_numpy(zero_copy_only=True)  # type: ignore[no-any-return]


def open_recording(folder: Path) -> Recording:
    """The recording in ``folder``, every part of it there and of its full length.

    Raises RecordingError naming the first part that is missing or cut short.
    """
    path = folder / _DESCRIPTION
    try:
        content = json.loads(path.read_text("utf-8"))
        parts = content["parts"]
        for number, part in enumerate(parts):
            for layer, size in enumerate(part["bytes"]):
                _check_part(_part_path(folder, layer, number), size)
        return Recording(
            folder=folder,
            units=tuple(content["units"]),
            arrays=tuple(content["arrays"]),
            parts=tuple(part["rows"] for part in parts),
            source=content["source"],
        )
    except FileNotFoundError as error:
        raise RecordingError(f"{path} is missing", repair=_REPAIR) from error
    except (ValueError, KeyError, TypeError) as error:
        if isinstance(error, RecordingError):
            raise
        raise RecordingError(f"{path} is damaged: {error!r}", repair=_REPAIR) from error


def _check_part(path: Path, size: int) -> None:
    if not path.is_file():
        raise RecordingError(f"{path} is missing", repair=_REPAIR)
    found = path.stat().st_size
    if found != size:
        raise RecordingError(f"{path} has {found} bytes, expected {size}", repair=_REPAIR)
