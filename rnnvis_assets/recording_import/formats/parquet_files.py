"""The columns of Parquet files, each a source of its own."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from rnnvis_assets.recording_import.checks.recording_faults import Fault, FaultError
from rnnvis_assets.recording_import.formats.array_source import Array, Source, concatenate

_WRITE_AGAIN = "write the file again and let the program that writes it end"
_HEAD_ROWS = 64
_LISTS = (pa.types.is_fixed_size_list, pa.types.is_list, pa.types.is_large_list)


@dataclass(frozen=True)
class ParquetColumn(Source):
    """One column of one file: numbers, text, or lists of numbers that are all of one length.

    A null among floats, or lists of them, is NaN, among text None.
    """

    path: Path
    column: str

    def _pieces(self, rows: int) -> Iterator[Array]:
        first = 0
        try:
            with pq.ParquetFile(self.path, pre_buffer=False) as file:
                for batch in file.iter_batches(rows, columns=[self.column]):
                    yield self._values(batch.column(0), first)
                    first += len(batch)
        except (pa.ArrowException, OSError, ValueError) as error:
            found = f"rows from {first:,} on that cannot be read ({error})"
            fault = Fault(self.place, found, "a whole file", _WRITE_AGAIN)
            raise FaultError(fault) from error

    def _values(self, column: pa.Array, first: int) -> Array:
        if column.null_count and not (self.is_text or self.dtype.kind == "f"):
            row = first + column.is_null().index(True).as_py()
            fault = Fault(
                self.place, f"a null at row {row:,}", "a value in every row", "fill it in"
            )
            raise FaultError(fault)
        if pa.types.is_dictionary(column.type):
            column = column.dictionary_decode()
        if len(self.shape) == 1:
            return column.to_numpy(zero_copy_only=False)  # type: ignore[no-any-return]
        if not pa.types.is_fixed_size_list(column.type):
            self._check_lengths(column, first)
        values = column.flatten().to_numpy(zero_copy_only=False).reshape(-1, self.shape[1])
        if not column.null_count:
            return values  # type: ignore[no-any-return]
        every = np.full((len(column), self.shape[1]), np.nan, self.dtype)
        every[column.is_valid().to_numpy(zero_copy_only=False)] = values
        return every

    def _check_lengths(self, column: pa.Array, first: int) -> None:
        lengths = column.value_lengths().fill_null(self.shape[1]).to_numpy()
        if (wrong := np.flatnonzero(lengths != self.shape[1])).size:
            found = f"a list of {lengths[wrong[0]]} values at row {first + wrong[0]:,}"
            expected = f"{self.shape[1]}, as most of the first rows have"
            raise FaultError(Fault(self.place, found, expected, "give every row as many values"))


@dataclass(frozen=True)
class _File:
    """A file's schema and rows, and as many rows of it as tell how long its lists are."""

    path: Path
    schema: pa.Schema
    rows: int
    head: pa.RecordBatch | None


def _open(path: Path, place: str) -> _File:
    try:
        with pq.ParquetFile(path, pre_buffer=False) as file:
            head = next(file.iter_batches(_HEAD_ROWS), None)
            return _File(path, file.schema_arrow, file.metadata.num_rows, head)
    except (pa.ArrowException, OSError, ValueError) as error:
        fault = Fault(place, f"no Parquet ({error}): damaged or cut short", "Parquet", _WRITE_AGAIN)
        raise FaultError(fault) from error


def _usual_width(file: _File, name: str) -> int:
    """Of lists that may differ in length, that of most of the first ones."""
    lengths = file.head.column(name).value_lengths().drop_null().to_pylist() if file.head else []
    return max(lengths, key=lengths.count, default=0)


def _source(file: _File, name: str, place: str) -> Source:
    kind, width = file.schema.field(name).type, None
    if any(is_list(kind) for is_list in _LISTS):
        width = _usual_width(file, name)
        kind = kind.value_type
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    dtype = np.dtype(object)
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind):
        dtype = np.dtype(kind.to_pandas_dtype())
    shape = (file.rows,) if width is None else (file.rows, width)
    return ParquetColumn(place, dtype, shape, file.path, name)


def open_parquet(
    paths: Sequence[Path], folder: Path
) -> Iterator[tuple[str, Source | Fault] | Fault]:
    """Every column of files that follow one another, or what is wrong with the files."""
    files = []
    for path in paths:
        try:
            files.append(_open(path, str(path.relative_to(folder))))
        except FaultError as error:
            yield error.fault
    if len(files) < len(paths) or not files:
        return
    first = files[0]
    for file in files[1:]:
        if file.schema.names != first.schema.names or file.schema.types != first.schema.types:
            place, found = str(file.path.relative_to(folder)), f"columns {_columns(file.schema)}"
            expected = f"{_columns(first.schema)}, as in {first.path.name}"
            yield Fault(place, found, expected, "give all parts the same columns")
            return
    place = str((first.path if len(files) == 1 else first.path.parent).relative_to(folder))
    filled = [file for file in files if file.rows] or files[:1]
    for name in first.schema.names:
        parts = [_source(file, name, f"{file.path.relative_to(folder)}, column {name}")
                 for file in filled]  # fmt: skip
        try:
            yield name, concatenate(f"{place}, column {name}", parts)
        except FaultError as error:
            yield name, error.fault


def _columns(schema: pa.Schema) -> str:
    return ", ".join(f"{field.name} {field.type}" for field in schema)
