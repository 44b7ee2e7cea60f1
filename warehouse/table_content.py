"""What a table says, without what differs between runs that compute the same (times, say)."""

import io
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from warehouse.atomic_files import sha256_of_file
from warehouse.parquet_tables import read_table
from warehouse.schema import TABLES


def content_sha256(path: Path, known: Callable[[Path], str] = sha256_of_file) -> str:
    """The hexadecimal SHA-256 of a file, which ``known`` gives; of a table with volatile columns,
    without these."""
    table = TABLES.get(path.stem) if path.suffix == ".parquet" else None
    if table is None or not table.volatile:
        return known(path)
    return rows_sha256(read_table(path, columns=list(table.repeatable)))


def rows_sha256(rows: pa.Table) -> str:
    """The hexadecimal SHA-256 of rows in their order. Written as Parquet, which, unlike Arrow,
    keeps nothing in the place of a null."""
    written = io.BytesIO()
    pq.write_table(rows.combine_chunks().replace_schema_metadata(), written, compression="none")
    return sha256(written.getbuffer()).hexdigest()
