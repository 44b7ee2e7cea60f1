"""The columns of Parquet files whose rows follow one another, each column an array."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from rnnvis_assets.recording_import.array_source import WRITE_AGAIN, ArraySource, NamedArray
from rnnvis_assets.recording_import.recording_faults import Array, RecordingFault, UnreadableError

_HEAD_ROWS = 64
_LISTS = (pa.types.is_fixed_size_list, pa.types.is_list, pa.types.is_large_list)
_NUMBERS = (pa.types.is_integer, pa.types.is_floating, pa.types.is_boolean)
_DAMAGE = (pa.ArrowException, OSError, ValueError)


@dataclass(frozen=True)
class _ColumnReader:
    """A column of numbers, text, or lists of ``width`` numbers each.

    A null among floats, or lists of them, is read as NaN, among text as None.
    """

    place: str
    paths: Sequence[Path]
    column: str
    dtype: np.dtype[Any]
    width: int | None

    def pieces(self, rows: int) -> Iterator[Array]:
        first = 0
        try:
            for path in self.paths:
                with pq.ParquetFile(path, pre_buffer=False) as file:
                    for batch in file.iter_batches(rows, columns=[self.column]):
                        yield self._values(batch.column(0), first)
                        first += len(batch)
        except _DAMAGE as error:
            found = f"rows from {first:,} on that cannot be read ({path.name}: {error})"
            raise UnreadableError(self.place, found, "whole files", WRITE_AGAIN) from error

    def _values(self, column: pa.Array, first: int) -> Array:
        if column.null_count and self.dtype.kind not in "Of":
            found = f"a null at row {first + column.is_null().index(True).as_py():,}"
            raise UnreadableError(self.place, found, "a value in every row", "fill it in")
        if pa.types.is_dictionary(column.type):
            column = column.dictionary_decode()
        if self.width is None:
            return column.to_numpy(zero_copy_only=False)  # type: ignore[no-any-return]
        if not pa.types.is_fixed_size_list(column.type):
            self._check_lengths(column.value_lengths().fill_null(self.width).to_numpy(), first)
        values = column.flatten().to_numpy(zero_copy_only=False).reshape(-1, self.width)
        if not column.null_count:
            return values  # type: ignore[no-any-return]
        filled = np.full((len(column), self.width), np.nan, self.dtype)
        filled[column.is_valid().to_numpy(zero_copy_only=False)] = values
        return filled

    def _check_lengths(self, lengths: Array, first: int) -> None:
        if (wrong := np.flatnonzero(lengths != self.width)).size:
            found = f"a list of {lengths[wrong[0]]} values at row {first + wrong[0]:,}"
            expected = f"{self.width}, as most of the first rows have"
            repair = "write the same number of values in every row"
            raise UnreadableError(self.place, found, expected, repair)


def open_parquet_files(paths: Sequence[Path], folder: Path) -> Iterator[NamedArray]:
    """Every column of files that follow one another, or what is wrong with the files."""
    opened, rows = [], 0
    for path in paths:
        try:
            with pq.ParquetFile(path, pre_buffer=False) as file:
                head = next(file.iter_batches(_HEAD_ROWS), None)
                opened.append((path, file.schema_arrow, head))
                rows += file.metadata.num_rows
        except _DAMAGE as error:
            found = f"no Parquet ({error}): damaged or cut short"
            place = str(path.relative_to(folder))
            yield "", RecordingFault(place, found, "Parquet", WRITE_AGAIN)
    if len(opened) < len(paths) or not opened:
        return
    first, schema, _ = opened[0]
    for path, other, _ in opened[1:]:
        if _describe(other) != _describe(schema):
            found, expected = f"columns {_describe(other)}", f"{_describe(schema)}, as {first.name}"
            repair, place = "write all parts with the same columns", str(path.relative_to(folder))
            yield "", RecordingFault(place, found, expected, repair)
            return
    place = str((first if len(paths) == 1 else first.parent).relative_to(folder))
    heads = [head for _, _, head in opened if head is not None]
    for field in schema:
        column_place = f"{place}, column {field.name}"
        yield field.name, _open_column(field, column_place, paths, rows, heads)


def _describe(schema: pa.Schema) -> str:
    return ", ".join(f"{field.name} {field.type}" for field in schema)


def _open_column(
    field: pa.Field,
    place: str,
    paths: Sequence[Path],
    rows: int,
    heads: Sequence[pa.RecordBatch],
) -> ArraySource:
    """``heads``: the first rows of each file, which show how long lists are."""
    kind, width = field.type, None
    if any(is_list(kind) for is_list in _LISTS):
        kind = kind.value_type
        lengths = (
            heads[0].column(field.name).value_lengths().drop_null().to_pylist() if heads else []
        )
        width = max(lengths, key=lengths.count, default=0)
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    is_number = any(is_kind(kind) for is_kind in _NUMBERS)
    dtype = np.dtype(kind.to_pandas_dtype() if is_number else object)
    shape = (rows,) if width is None else (rows, width)
    reader = _ColumnReader(place, paths, field.name, dtype, width)
    return ArraySource(place, dtype, shape, reader.pieces)
