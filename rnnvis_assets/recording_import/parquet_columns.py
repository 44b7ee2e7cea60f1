"""The columns of Parquet files, each an array of its own."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from rnnvis_assets.recording_import.array_files import NamedArray
from rnnvis_assets.recording_import.array_source import ArraySource, concatenate_sources
from rnnvis_assets.recording_import.recording_faults import Array, RecordingFault, UnreadableError

_WRITE_AGAIN = "write the file again and let the program that writes it end"
_HEAD_ROWS = 64
_LISTS = (pa.types.is_fixed_size_list, pa.types.is_list, pa.types.is_large_list)
_DAMAGE = (pa.ArrowException, OSError, ValueError)


@dataclass(frozen=True)
class _ColumnReader:
    """One column of one file: numbers, text, or lists of ``width`` numbers each.

    A null among floats, or lists of them, is read as NaN, among text as None.
    """

    place: str
    path: Path
    column: str
    dtype: np.dtype
    width: int | None

    def pieces(self, rows: int) -> Iterator[Array]:
        first = 0
        try:
            with pq.ParquetFile(self.path, pre_buffer=False) as file:
                for batch in file.iter_batches(rows, columns=[self.column]):
                    yield self._values(batch.column(0), first)
                    first += len(batch)
        except _DAMAGE as error:
            found = f"rows from {first:,} on that cannot be read ({error})"
            fault = RecordingFault(self.place, found, "a whole file", _WRITE_AGAIN)
            raise UnreadableError(fault) from error

    def _values(self, column: pa.Array, first: int) -> Array:
        if column.null_count and self.dtype.kind not in "Of":
            found = f"a null at row {first + column.is_null().index(True).as_py():,}"
            fault = RecordingFault(self.place, found, "a value in every row", "fill it in")
            raise UnreadableError(fault)
        if pa.types.is_dictionary(column.type):
            column = column.dictionary_decode()
        if self.width is None:
            return column.to_numpy(zero_copy_only=False)  # type: ignore[no-any-return]
        if not pa.types.is_fixed_size_list(column.type):
            self._check_lengths(column, first)
        values = column.flatten().to_numpy(zero_copy_only=False).reshape(-1, self.width)
        if not column.null_count:
            return values  # type: ignore[no-any-return]
        filled = np.full((len(column), self.width), np.nan, self.dtype)
        filled[column.is_valid().to_numpy(zero_copy_only=False)] = values
        return filled

    def _check_lengths(self, column: pa.Array, first: int) -> None:
        lengths = column.value_lengths().fill_null(self.width).to_numpy()
        if (wrong := np.flatnonzero(lengths != self.width)).size:
            found = f"a list of {lengths[wrong[0]]} values at row {first + wrong[0]:,}"
            expected = f"{self.width}, as most of the first rows have"
            repair = "write the same number of values in every row"
            raise UnreadableError(RecordingFault(self.place, found, expected, repair))


@dataclass(frozen=True)
class _ParquetFile:
    """A file's schema, its number of rows, and its first rows, which show how long lists are."""

    path: Path
    place: str
    schema: pa.Schema
    rows: int
    head: pa.RecordBatch | None

    @property
    def columns(self) -> str:
        return ", ".join(f"{field.name} {field.type}" for field in self.schema)

    def source(self, name: str) -> ArraySource:
        kind, width, place = self.schema.field(name).type, None, f"{self.place}, column {name}"
        if any(is_list(kind) for is_list in _LISTS):
            width, kind = self._usual_width(name), kind.value_type
        if pa.types.is_dictionary(kind):
            kind = kind.value_type
        dtype = np.dtype(object)
        if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind):
            dtype = np.dtype(kind.to_pandas_dtype())
        shape = (self.rows,) if width is None else (self.rows, width)
        reader = _ColumnReader(place, self.path, name, dtype, width)
        return ArraySource(place, dtype, shape, reader.pieces)

    def _usual_width(self, name: str) -> int:
        """Of lists that may differ in length, that of most of the first ones."""
        if self.head is None:
            return 0
        lengths = self.head.column(name).value_lengths().drop_null().to_pylist()
        return max(lengths, key=lengths.count, default=0)


def _open(path: Path, place: str) -> _ParquetFile:
    try:
        with pq.ParquetFile(path, pre_buffer=False) as file:
            head = next(file.iter_batches(_HEAD_ROWS), None)
            return _ParquetFile(path, place, file.schema_arrow, file.metadata.num_rows, head)
    except _DAMAGE as error:
        found = f"no Parquet ({error}): damaged or cut short"
        raise UnreadableError(RecordingFault(place, found, "Parquet", _WRITE_AGAIN)) from error


def open_parquet_files(paths: Sequence[Path], folder: Path) -> Iterator[NamedArray]:
    """Every column of files that follow one another, or what is wrong with them."""
    files = []
    for path in paths:
        try:
            files.append(_open(path, str(path.relative_to(folder))))
        except UnreadableError as error:
            yield "", error.fault
    if len(files) < len(paths) or not files:
        return
    first = files[0]
    for file in files[1:]:
        if file.columns != first.columns:
            found, expected = f"columns {file.columns}", f"{first.columns}, as in {first.path.name}"
            repair = "write all parts with the same columns"
            yield "", RecordingFault(file.place, found, expected, repair)
            return
    place = first.place if len(files) == 1 else str(first.path.parent.relative_to(folder))
    filled = [file for file in files if file.rows] or files[:1]
    for name in first.schema.names:
        parts = [file.source(name) for file in filled]
        try:
            yield name, concatenate_sources(f"{place}, column {name}", parts)
        except UnreadableError as error:
            yield name, error.fault
