"""Building one release: a DuckDB file with every table of the schema, from Parquet and Arrow."""

import errno
import os
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, TypeAlias

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from warehouse.columns import Table
from warehouse.database import Database
from warehouse.parquet_tables import column_faults
from warehouse.schema import EXPECTED_RESPONSE, TABLES
from warehouse.verify_release import verify

Rows: TypeAlias = Path | pa.Table
"""A table's rows: a Parquet file, or an Arrow table."""

_BY_COMPRESSION = (
    # DuckDB would pack the response arrays to 86 % of their size, and then take 2.4 times as long
    # to find a unit's top words (9.8 ms instead of 4.1 for 10,000 words x 600 units).
    ("uncompressed", [EXPECTED_RESPONSE]),
    ("auto", [table for table in TABLES.values() if table != EXPECTED_RESPONSE]),
)


def _schema_of(rows: Rows) -> pa.Schema:
    return pq.read_schema(rows) if isinstance(rows, Path) else rows.schema


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
        found = _schema_of(rows)
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


def insert_rows(connection: Any, table: Table, rows: Rows) -> None:
    """Fills ``table`` in the order of its key, so that what is read together lies together."""
    columns = ", ".join(f'"{column.name}"' for column in table.columns)
    order = ", ".join(f'"{name}"' for name in table.key)
    # Else DuckDB would take a folder called layer=1 for a column.
    source, parameters = "read_parquet($path, hive_partitioning = false)", {"path": str(rows)}
    if not isinstance(rows, Path):
        connection.register("arrow_rows", rows)
        source, parameters = "arrow_rows", {}
    connection.execute(
        # Names come from the schema.
        f'INSERT INTO "{table.name}" ({columns}) SELECT {columns} FROM {source} ORDER BY {order}',  # noqa: S608
        parameters,
    )


def _system_error(error: duckdb.Error) -> OSError | None:
    """The system's own error (a full disk, say), which DuckDB passes on as the end of its text."""
    text = str(error).strip()
    numbers = (number for number in errno.errorcode if text.endswith(os.strerror(number)))
    return next((OSError(number, text) for number in numbers), None)


def _fill(connection: Any, table: Table, rows: Rows) -> list[str]:
    """Fills one table; returns what is wrong with its rows."""
    try:
        insert_rows(connection, table, rows)
    except duckdb.Error as error:
        if _system_error(error):
            raise
        return [f"{table.name}: {error}"]
    return []


def _write(path: Path, tables: Mapping[str, Rows], units: int | None) -> dict[str, list[str]]:
    """Writes ``tables`` to a new file; returns the faults of each."""
    faults = {}
    with closing(duckdb.connect(str(path))) as connection:
        create_tables(connection, TABLES.values(), units)
        for compression, chosen in _BY_COMPRESSION:
            connection.execute(f"SET force_compression = '{compression}'")
            for table in chosen:
                if table.name in tables:
                    faults[table.name] = _fill(connection, table, tables[table.name])
            connection.execute("CHECKPOINT")
    return faults


def write_release(path: Path, tables: Mapping[str, Rows], units: int | None) -> list[str]:
    """Writes a release of layers of ``units`` units (None: of different ones) to the new file
    ``path``, and verifies it.

    Returns all faults at once: tables missing or damaged, columns or array lengths that do not fit
    the schema, and whatever ``verify`` finds. Raises OSError where the file cannot be written.
    """
    faults = {name: _input_faults(table, tables.get(name), units) for name, table in TABLES.items()}
    try:
        faults |= _write(path, {name: tables[name] for name in TABLES if not faults[name]}, units)
    except duckdb.Error as error:
        raise _system_error(error) or OSError(str(error)) from error
    sound = {name: tables[name] for name in TABLES if not faults[name]}
    with closing(Database(path)) as database:
        wrong = verify(database, row_counts(sound))
    return [fault for of_table in faults.values() for fault in of_table] + wrong
