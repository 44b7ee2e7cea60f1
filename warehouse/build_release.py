"""Building one release: a DuckDB file with every table of the schema, from Parquet and Arrow."""
# ruff: noqa: S608 -- every name comes from the schema

import errno
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, TypeAlias

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from warehouse.columns import Table
from warehouse.database import FILE_BYTES, Database, Settings
from warehouse.errors import ReleaseError
from warehouse.parquet_tables import column_faults
from warehouse.schema import EXPECTED_RESPONSE, LAYER, TABLES
from warehouse.verify_release import verify

Rows: TypeAlias = Path | pa.Table
"""A table's rows: a Parquet file, or an Arrow table."""

_BY_COMPRESSION = (
    # DuckDB would pack the response arrays to 86 % of their size, and then take 2.4 times as long
    # to find a unit's top words (9.8 ms instead of 4.1 for 10,000 words x 600 units).
    ("uncompressed", [EXPECTED_RESPONSE]),
    ("auto", [table for table in TABLES.values() if table != EXPECTED_RESPONSE]),
)

MEMORY_BYTES, THREADS = 2**29, 4
"""Of DuckDB at most, which writes what does not fit to a folder next to the file."""
_VECTOR_ROWS, _VECTORS = 2048, 6
"""DuckDB works on so many rows at a time, and needs memory for several copies of them."""
_GROUP_BYTES, _GROUP_ROWS = 2**27, 2**17
"""Of a group of rows, which DuckDB holds in memory until it is full, at most."""
_CUT_BY = {EXPECTED_RESPONSE.name: "word_id"} | {
    table.name: "sentence_id" for table in TABLES.values() if table.key[:1] == ("sentence_id",)
}
"""The column of the key by whose ranges a long table is written, a part after the other."""


def row_counts(tables: Mapping[str, Rows]) -> dict[str, int]:
    """Rows of every table, read from the metadata of Parquet files."""
    return {
        name: (pq.read_metadata(rows) if isinstance(rows, Path) else rows).num_rows
        for name, rows in tables.items()
    }


def _input_faults(table: Table, rows: Rows | None, units: int | None) -> list[str]:
    """What keeps ``rows`` from being rows of ``table``."""
    if rows is None:
        return [f"{table.name} is missing"]
    try:
        found = pq.read_schema(rows) if isinstance(rows, Path) else rows.schema
    except FileNotFoundError:
        return [f"{table.name} is missing: no file {rows}"]
    except (pa.ArrowInvalid, OSError) as error:
        return [f"{table.name}: {rows} is damaged or cut short: {error}"]
    faults = column_faults(found, table.arrow_schema(units))
    return [f"{table.name}.{column}: {fault}" for column, fault in faults.items()]


def create_tables(connection: Any, tables: Iterable[Table], units: int | None) -> None:
    """Makes empty tables for layers of ``units`` units, each column described. In one transaction:
    a file that is synced for each of 200 descriptions takes half a second."""
    statements = "".join(f"{table.ddl(units)};\n{table.comments()}" for table in tables)
    connection.execute(f"BEGIN;\n{statements}COMMIT")


def insert_rows(connection: Any, table: Table, rows: Rows, group_rows: int = _GROUP_ROWS) -> None:
    """Fills ``table`` in the order of its key, so that what is read together lies together."""
    columns = ", ".join(f'"{column.name}"' for column in table.columns)
    order = ", ".join(f'"{name}"' for name in table.key)
    # Else DuckDB would take a folder called layer=1 for a column.
    source, path = "read_parquet($path, hive_partitioning = false)", {"path": str(rows)}
    if not isinstance(rows, Path):
        connection.register("arrow_rows", rows)
        source, path = "arrow_rows", {}
    insert = f'INSERT INTO "{table.name}" ({columns}) SELECT {columns} FROM {source}'
    if table.name not in _CUT_BY:
        connection.execute(f"{insert} ORDER BY {order}", path)
        return
    for part, values in _parts(connection, table, source, path, group_rows):
        connection.execute(f"{insert} WHERE {part} ORDER BY {order}", {**path, **values})


def _parts(
    connection: Any, table: Table, source: str, path: Mapping[str, str], group_rows: int
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Conditions and their parameters that cut rows, in the order of the key, into parts of about
    ``group_rows`` rows: DuckDB sorts no more than fits into memory where rows are wide."""
    cut_by = _CUT_BY[table.name]
    before = table.key[: table.key.index(cut_by)]
    condition = f"{cut_by} BETWEEN $first AND $last" + "".join(f" AND {k} = ${k}" for k in before)
    found = connection.execute(
        f"SELECT {', '.join((*before, ''))} min({cut_by}), max({cut_by}), count({cut_by}) "
        f"FROM {source} GROUP BY ALL ORDER BY ALL",
        path,
    )
    for *values, least, most, rows in found.fetchall():
        step = max(1, group_rows * (most - least + 1) // rows) if rows else 1
        for first in range(least, most + 1, step) if rows else ():
            limits = {"first": first, "last": first + step - 1}
            yield condition, {**limits, **dict(zip(before, values, strict=True))}


def _system_error(error: BaseException | None) -> OSError | None:
    """The system's own error (a full disk, say), which DuckDB passes on as the end of its text, or
    foresees: it never fills a disk with rows that do not fit into memory."""
    text = str(error).strip()
    if isinstance(error, duckdb.OutOfMemoryException):
        return OSError(errno.ENOSPC if "temp_directory" in text else errno.ENOMEM, text)
    numbers = (number for number in errno.errorcode if text.endswith(os.strerror(number)))
    return next((OSError(number, text) for number in numbers), None)


def _fill(connection: Any, table: Table, rows: Rows, group_rows: int) -> list[str]:
    """Fills one table; returns what is wrong with its rows."""
    try:
        insert_rows(connection, table, rows, group_rows)
    except duckdb.Error as error:
        if _system_error(error):
            raise
        return [f"{table.name}: {error}"]
    return []


def _vector_bytes(tables: Mapping[str, Rows]) -> int:
    """Of the responses that DuckDB works on at a time, in the largest layer."""
    layers = tables.get(LAYER.name)
    units = layers["units"].to_pylist() if isinstance(layers, pa.Table) else ()
    return _VECTOR_ROWS * 4 * len(EXPECTED_RESPONSE.unit_arrays) * max(units, default=1)


def _limits(least: int, vector_bytes: int) -> Settings:
    """Settings of DuckDB that works on vectors of so many bytes."""
    memory = max(least, _VECTORS * vector_bytes)
    threads = min(THREADS, os.cpu_count() or 1)
    return {"memory_limit": f"{memory >> 10} KiB", "threads": threads}


def _write(
    path: Path, tables: Mapping[str, Rows], units: int | None, vector_bytes: int
) -> dict[str, list[str]]:
    """Writes ``tables`` to a new file; returns the faults of each."""
    faults: dict[str, list[str]] = {}
    settings: Settings = {**_limits(MEMORY_BYTES, vector_bytes), "temp_directory": f"{path}.tmp"}
    group_rows = min(max(_GROUP_BYTES // vector_bytes, 1) * _VECTOR_ROWS, _GROUP_ROWS)
    with closing(duckdb.connect(config=settings)) as connection:
        quoted = str(path).replace("'", "''")
        connection.execute(
            f"ATTACH '{quoted}' AS release (ROW_GROUP_SIZE {group_rows}); USE release"
        )
        connection.execute("SET parquet_metadata_cache = true")
        create_tables(connection, TABLES.values(), units)
        for compression, chosen in _BY_COMPRESSION:
            connection.execute(f"SET force_compression = '{compression}'")
            for table in chosen:
                if table.name in tables:
                    faults[table.name] = _fill(connection, table, tables[table.name], group_rows)
            connection.execute("CHECKPOINT")
    write_free_blocks(path)
    return faults


def write_free_blocks(path: Path) -> None:
    """Makes a file as long as DuckDB says, which counts free blocks at the end that it never wrote:
    a reader knows by its size that a file is whole."""
    with closing(duckdb.connect(str(path), read_only=True)) as connection:
        ((size,),) = connection.execute(FILE_BYTES).fetchall()
    if path.stat().st_size < size:
        os.truncate(path, size)


def _without(faults: Mapping[str, list[str]], tables: Mapping[str, Rows]) -> dict[str, Rows]:
    """The tables of a release that have no faults."""
    return {name: tables[name] for name in TABLES if not faults[name]}


def write_release(path: Path, tables: Mapping[str, Rows], units: int | None) -> list[str]:
    """Writes a release of layers of ``units`` units (None: of different ones) to the new file
    ``path``, and verifies it.

    Returns all faults at once: tables missing or damaged, columns or array lengths that do not fit
    the schema, and whatever ``verify`` finds. Raises OSError where the file cannot be written.
    """
    faults = {name: _input_faults(table, tables.get(name), units) for name, table in TABLES.items()}
    sound, vector_bytes = _without(faults, tables), _vector_bytes(tables)
    try:
        faults |= _write(path, sound, units, vector_bytes)
    except duckdb.Error as error:
        raise _system_error(error) or OSError(str(error)) from error
    try:
        with closing(Database(path, limits=_limits(MEMORY_BYTES // 2, vector_bytes))) as database:
            wrong = verify(database, row_counts(_without(faults, tables)))
    except ReleaseError as error:
        if system := _system_error(error.__cause__):
            raise system from error
        raise
    return [fault for of_table in faults.values() for fault in of_table] + wrong
