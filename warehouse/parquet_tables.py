"""Reading and writing the analysis tables as Parquet, checked against the schema."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import reduce
from operator import and_
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from warehouse.arrays import Int64Array
from warehouse.atomic_files import atomic_file
from warehouse.columns import Table
from warehouse.errors import StorageError, near_miss
from warehouse.recording_schema import LayerShape
from warehouse.schema import LAYER

COMPRESSION = "zstd"
BLOCK_ROWS = 1024
"""Rows that are read at a time: 16 MB of an array of 4,000 units."""
GROUP_BYTES = 8 * 2**20
"""The least that a row group holds, but for the last one."""


def _array(values: Any, kind: pa.DataType) -> pa.Array:
    """A column from a NumPy array; a 2-d array becomes one (fixed-size) list a row."""
    if isinstance(values, np.ndarray) and values.ndim == 2:
        flat = pa.array(np.ascontiguousarray(values).ravel(), kind.value_type)
        if pa.types.is_fixed_size_list(kind):
            return pa.FixedSizeListArray.from_arrays(flat, type=kind)
        offsets = np.arange(len(values) + 1, dtype=np.int32) * values.shape[1]
        return pa.ListArray.from_arrays(pa.array(offsets), flat, type=kind)
    return pa.array(values, kind)


def arrow_table(schema: pa.Schema, columns: Mapping[str, Any]) -> pa.Table:
    """A NumPy array or list a column (``None`` for a column of nulls) as a table of ``schema``.

    Raises KeyError where the columns are not exactly the schema's.
    """
    if set(columns) != set(schema.names):
        raise KeyError(f"columns {sorted(columns)}, expected {sorted(schema.names)}")
    num_rows = next(len(values) for values in columns.values() if values is not None)
    arrays = [
        pa.nulls(num_rows, field.type)
        if columns[field.name] is None
        else _array(columns[field.name], field.type)
        for field in schema
    ]
    return pa.Table.from_arrays(arrays, schema=schema)


def layer_table(layers: Sequence[LayerShape], states: Collection[str]) -> pa.Table:
    """The table ``layer``, of a model of which ``states`` are analysed."""
    rows = [
        {"layer": n, "gated_state": each.gated_state, "states": each.analysed(states), **vars(each)}
        for n, each in enumerate(layers)
    ]
    return pa.Table.from_pylist(rows, LAYER.arrow_schema(None))


def column_faults(found: pa.Schema, expected: pa.Schema) -> dict[str, str]:
    """What differs between two schemas, in words, by column; order does not matter."""
    faults = {}
    for name in (*expected.names, *(name for name in found.names if name not in expected.names)):
        if name not in found.names:
            faults[name] = "missing"
        elif name not in expected.names:
            faults[name] = f"unexpected{near_miss(name, expected.names)}"
        elif found.field(name).type != expected.field(name).type:
            faults[name] = f"found {found.field(name).type}, expected {expected.field(name).type}"
    return faults


class TableWriter:
    """Appends blocks of rows to one table's Parquet file; counts them.

    Blocks are gathered into row groups of ``GROUP_BYTES``: a writer keeps the metadata of every
    group until its file ends.
    """

    def __init__(self, writer: pq.ParquetWriter, schema: pa.Schema) -> None:
        self._writer = writer
        self._schema = schema
        self._gathered: list[pa.Table] = []
        self.num_rows = 0

    def write(self, columns: Mapping[str, Any]) -> None:
        """Takes one block, as ``arrow_table`` takes it."""
        block = arrow_table(self._schema, columns)
        self._gathered.append(block)
        self.num_rows += block.num_rows
        if sum(each.nbytes for each in self._gathered) >= GROUP_BYTES:
            self.flush()

    def flush(self) -> None:
        """Writes what is gathered."""
        if self._gathered:
            self._writer.write_table(pa.concat_tables(self._gathered))
        self._gathered = []


@contextmanager
def open_table_writer(path: Path, table: Table, units: int | None = None) -> Iterator[TableWriter]:
    """Opens ``path`` for the rows of ``table``; the file appears, complete, when the block ends."""
    schema = table.arrow_schema(units)
    with (
        atomic_file(path) as temporary,
        pq.ParquetWriter(
            temporary, schema, compression=COMPRESSION, write_page_checksum=True
        ) as writer,
    ):
        rows = TableWriter(writer, schema)
        yield rows
        rows.flush()


def write_table(
    path: Path, table: Table, columns: Mapping[str, Any], units: int | None = None
) -> int:
    """Writes one complete table; returns its number of rows."""
    with open_table_writer(path, table, units) as writer:
        writer.write(columns)
    return writer.num_rows


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    repair = f"rnnvis materialize {path.parent.name}"
    try:
        yield
    except FileNotFoundError as error:
        raise StorageError(f"{path} is missing", repair=repair) from error
    except (pa.ArrowException, KeyError, OSError) as error:
        raise StorageError(f"{path} is damaged or cut short: {error}", repair=repair) from error


def where(**values: object) -> pc.Expression:
    """Whether a row has these ``values`` in the columns of these names."""
    return reduce(and_, (pc.field(name) == value for name, value in values.items()))


def read_table(
    path: Path, columns: list[str] | None = None, filters: pc.Expression | None = None
) -> pa.Table:
    """Reads one Parquet table of a model or dataset, in a folder of its name.

    Raises StorageError where it is missing or damaged.
    """
    with _explained(path):
        return pq.read_table(
            path, columns=columns, filters=filters, page_checksum_verification=True
        )


def row_blocks(
    path: Path, columns: list[str], wanted: Int64Array | None = None, rows: int = BLOCK_ROWS
) -> Iterator[tuple[int, pa.Table]]:
    """The same in blocks of at most ``rows`` rows, each with the number of its first row; with
    ``wanted`` int64[rows], ascending numbers, only row groups that hold one of these are read."""
    with (
        _explained(path),
        pq.ParquetFile(path, pre_buffer=False, page_checksum_verification=True) as file,
    ):
        file.schema_arrow.empty_table().select(columns)  # iter_batches passes over what is missing
        start = 0
        for group in range(file.num_row_groups):
            stop = start + file.metadata.row_group(group).num_rows
            if wanted is None or np.ptp(np.searchsorted(wanted, (start, stop))):
                for block in file.iter_batches(rows, [group], columns):
                    yield start, pa.Table.from_batches([block])
                    start += len(block)
            start = stop


def group_offsets(path: Path) -> Int64Array:
    """int64[groups + 1]: the first row of every row group of a table, and its number of rows.
    Raises StorageError where it is missing or damaged."""
    with _explained(path):
        found = pq.read_metadata(path)
    rows = [found.row_group(group).num_rows for group in range(found.num_row_groups)]
    return np.cumsum([0, *rows], dtype=np.int64)


def count_nulls(path: Path, column: str) -> int:
    """The nulls of a column of numbers or strings, by what its file says: of a table without rows
    nothing. Raises StorageError where it is missing or damaged, or has no such column."""
    with _explained(path), pq.ParquetFile(path) as file:
        file.schema_arrow.field(column)
        place, found = file.schema_arrow.names.index(column), file.metadata
    groups = (found.row_group(group).column(place) for group in range(found.num_row_groups))
    return sum(group.statistics.null_count for group in groups if group.statistics)
