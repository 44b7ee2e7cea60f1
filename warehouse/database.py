"""A published DuckDB file: read-only, without access to other files, one cursor a query."""

import atexit
from pathlib import Path
from typing import Any, Self
from weakref import WeakSet

import duckdb
import pyarrow as pa

from warehouse.arrays import Float32Array
from warehouse.columns import Table
from warehouse.errors import ReleaseError

Settings = dict[str, str | bool | int | float | list[str]]
"""Of DuckDB, by name."""

_LOCKED_DOWN: Settings = {
    "async_threads": 1,  # of eight, which serve remote files: a viewer has many releases open
    "enable_external_access": False,
    "lock_configuration": True,
}
FILE_BYTES = """SELECT block_size * total_blocks + 3 * 4096 AS bytes
    FROM pragma_database_size() WHERE database_name = current_database()"""
"""The size of the file of the current database: its headers and all its blocks."""


_COPY = "copy the file again from where it came"


def _connect(path: Path, repair: str, limits: Settings) -> tuple[Any, int]:
    """A connection to ``path``, and the file's size in bytes."""
    try:
        size = path.stat().st_size
        return duckdb.connect(str(path), read_only=True, config={**_LOCKED_DOWN, **limits}), size
    except duckdb.ConnectionException as error:
        raise ReleaseError(
            f"{path} is open in this process with other settings: {error}",
            repair="close the other connection, or read the release through that one",
        ) from error
    except (duckdb.Error, OSError) as error:
        raise ReleaseError(f"{path} cannot be opened: {error}", repair=repair) from error


def _is_damage(error: duckdb.Error) -> bool:
    """A block with another checksum is reported as a plain error."""
    unreadable = (duckdb.IOException, duckdb.FatalException, duckdb.InternalException)
    return isinstance(error, unreadable) or str(error).startswith("Corrupt database file")


class Database:
    """One connection to one file, safe to use from several threads. Close it, or use it as a
    context manager.

    DuckDB verifies a checksum of each block and header that it reads. ``repair`` makes the file
    again where it is damaged; ``limits`` are settings of DuckDB (its memory, say).
    """

    def __init__(self, path: Path, repair: str = _COPY, limits: Settings | None = None) -> None:
        self.path, self.repair = path, repair
        self._connection, size = _connect(path, repair, limits or {})
        _OPENED.add(self)
        try:
            self._require_complete(size)
        except ReleaseError:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _require_complete(self, size: int) -> None:
        """DuckDB opens a truncated file, and fails later at the first block that is missing."""
        expected = self.select(FILE_BYTES)["bytes"][0].as_py()
        if size < expected:
            raise ReleaseError(
                f"{self.path} is truncated: {size:,} bytes, expected {expected:,}",
                repair=self.repair,
            )

    def select(self, query: str, parameters: Any = None) -> pa.Table:
        """The rows of ``query``; ``$name`` is taken from a mapping, ``?`` from a sequence.

        Raises ReleaseError with DuckDB's message where the query fails.
        """
        try:
            with self._connection.cursor() as cursor:
                rows = cursor.sql(query, params=parameters)
                return pa.table({}) if rows is None else rows.to_arrow_table()
        except duckdb.Error as error:
            if _is_damage(error):
                raise ReleaseError(
                    f"{self.path} cannot be read, it was damaged, cut short or removed: {error}",
                    repair=self.repair,
                ) from error
            raise ReleaseError(f"{self.path.name}: {error}\n  in: {query.strip()}") from error

    def rows(self, table: Table, **keys: Any) -> pa.Table:
        """The rows of ``table`` where the columns ``keys`` have these values: all other columns, in
        the order of its key. Raises ReleaseError where the file cannot be read."""
        columns = ", ".join(f'"{c.name}"' for c in table.columns if c.name not in keys)
        where = " AND ".join(["true", *(f'"{name}" = ${name}' for name in keys)])
        rest = ", ".join(f'"{name}"' for name in table.key if name not in keys)
        order = f"ORDER BY {rest}" if rest else ""
        # Names come from the schema, values are parameters.
        query = f'SELECT {columns} FROM "{table.name}" WHERE {where} {order}'  # noqa: S608
        return self.select(query, keys)

    def read_through(self) -> None:
        """Reads every block of every table. Raises ReleaseError where one is damaged."""
        for (name,) in self._connection.sql("SELECT table_name FROM duckdb_tables()").fetchall():
            self.select(f'SELECT sum(hash(t)::HUGEINT) FROM "{name}" t')  # noqa: S608 - a table's

    def close(self) -> None:
        self._connection.close()


_OPENED: WeakSet[Database] = WeakSet()


@atexit.register
def _close_all() -> None:
    """At exit DuckDB prints every connection that a cache still holds."""
    for database in list(_OPENED):
        database.close()
        del database._connection


def list_matrix(column: pa.ChunkedArray) -> Float32Array:
    """A column of ``FLOAT[n]``, or of lists of one length n, as float32[rows, n]."""
    flat = column.combine_chunks().flatten().to_numpy(zero_copy_only=False)
    width = getattr(column.type, "list_size", None) or len(flat) // max(len(column), 1)
    matrix: Float32Array = flat.reshape(len(column), width)
    return matrix
