"""The columns of Parquet files whose rows follow one another, each column an array."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from rnnvis_assets.recording_import.array_source import (
    MOST_COLUMNS,
    MOST_TEXT_BYTES,
    WRITE_AGAIN,
    ArraySource,
    NamedArray,
)
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
        first, text_bytes = 0, 0
        # Repeated text is not decoded before its length is known.
        texts = [self.column] if self.dtype.kind == "O" else []
        try:
            for path in self.paths:
                with pq.ParquetFile(path, pre_buffer=False, read_dictionary=texts) as file:
                    self._require_short(_stored_bytes(file.metadata, texts))
                    for batch in file.iter_batches(rows, columns=[self.column]):
                        text_bytes += _decoded_bytes(batch.column(0))
                        self._require_short(text_bytes)
                        yield self._values(batch.column(0), first)
                        first += len(batch)
        except _DAMAGE as error:
            found = f"rows from {first:,} on that cannot be read ({path.name}: {error})"
            raise UnreadableError(self.place, found, "whole files", WRITE_AGAIN) from error

    def _require_short(self, text_bytes: int) -> None:
        if text_bytes > MOST_TEXT_BYTES:
            found, expected = f"{text_bytes:,} bytes of text", f"at most {MOST_TEXT_BYTES:,}"
            raise UnreadableError(self.place, found, expected, "shorten the texts")

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


def _stored_bytes(metadata: pq.FileMetaData, columns: Sequence[str]) -> int:
    """Bytes of some columns before they were compressed; repeated text may count once."""
    groups = map(metadata.row_group, range(metadata.num_row_groups))
    stored = (group.column(i) for group in groups for i in range(group.num_columns))
    return sum(each.total_uncompressed_size for each in stored if each.path_in_schema in columns)


def _decoded_bytes(column: pa.Array) -> int:
    """Bytes of a column of text; 0 of any other."""
    if not pa.types.is_dictionary(column.type):
        return 0
    lengths = pc.binary_length(column.dictionary.cast(pa.large_binary()))
    return int(pc.sum(lengths.take(column.indices.drop_null())).as_py() or 0)


def open_parquet_files(paths: Sequence[Path], folder: Path) -> Iterator[NamedArray]:
    """Every column of files that follow one another, or what is wrong with the files."""
    opened, rows = [], 0
    for path in paths:
        try:
            with pq.ParquetFile(path, pre_buffer=False) as file:
                _require_narrow(file.metadata, str(path.relative_to(folder)))
                head = next(file.iter_batches(_HEAD_ROWS), None)
                opened.append((path, file.schema_arrow, head))
                rows += file.metadata.num_rows
        except UnreadableError as error:
            yield "", error.fault
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


def _require_narrow(metadata: pq.FileMetaData, place: str) -> None:
    """Raises UnreadableError where rows of a column hold more values than can be read at once."""
    for group in map(metadata.row_group, range(metadata.num_row_groups)):
        for column in map(group.column, range(group.num_columns)):
            width = column.num_values // max(group.num_rows, 1)
            if width > MOST_COLUMNS:
                where = f"{place}, column {column.path_in_schema.partition('.')[0]}"
                found, expected = f"{width:,} values a row", f"at most {MOST_COLUMNS:,}"
                raise UnreadableError(where, found, expected, "record a layer as several")


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
