"""Comparisons of several models, each in a file of its own: no model's release depends on
another model's training."""

from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from warehouse.atomic_files import atomic_file
from warehouse.build_release import create_tables, insert_rows, write_free_blocks
from warehouse.database import Database
from warehouse.errors import ReleaseError
from warehouse.findings_table import JudgedClaim, judged_claims
from warehouse.parquet_tables import arrow_table
from warehouse.schema import (
    COMPARED,
    COMPARISON_TABLES,
    FINDING,
    FINDING_BY_SEED,
    MODEL_SIMILARITY,
)
from warehouse.storage import Storage


class Comparison(Database):
    """A published comparison. Close it, or use it as a context manager."""

    def compared(self) -> Mapping[str, tuple[str, ...]]:
        """The model in every role, or the models of several seeds."""
        found: dict[str, tuple[str, ...]] = {}
        for row in self.rows(COMPARED).to_pylist():
            found[row["role"]] = (*found.get(row["role"], ()), row["model"])
        return found

    def findings(self) -> tuple[JudgedClaim, ...]:
        """The paper's claims about such networks together, measured and judged."""
        return judged_claims(self.rows(FINDING))

    def findings_by_seed(self) -> pa.Table:
        """The same statistics, of the networks of each seed by themselves."""
        return self.rows(FINDING_BY_SEED)

    def similarity(self) -> pa.Table:
        """How alike the networks represent the same text, layer by layer."""
        return self.rows(MODEL_SIMILARITY)


def publish_comparison(
    storage: Storage, name: str, compared: Sequence[Mapping[str, Any]], *tables: Path
) -> Path:
    """Replaces the file of a comparison; readers of the old one are not disturbed.

    ``compared`` holds the rows of the table ``compared``; ``tables`` are the Parquet files of
    others, each named after its table. Raises StorageError where it cannot be written.
    """
    rows = COMPARED.columns_of(compared)
    path = storage.comparison(name)
    with atomic_file(path) as temporary:
        with closing(duckdb.connect(str(temporary))) as connection:
            create_tables(connection, COMPARISON_TABLES.values(), None)
            insert_rows(connection, COMPARED, arrow_table(COMPARED.arrow_schema(0), rows))
            for table in tables:
                insert_rows(connection, COMPARISON_TABLES[table.stem], table)
        write_free_blocks(temporary)
    return path


def published_comparisons(storage: Storage) -> list[str]:
    """Every comparison that has a file."""
    return sorted(path.parent.name for path in storage.root.glob("comparisons/*/findings.duckdb"))


def open_comparison(storage: Storage, name: str) -> Comparison:
    """Opens a published comparison. Raises ReleaseError where there is none, or a damaged one."""
    path = storage.comparison(name)
    if not path.is_file():
        raise ReleaseError(
            f"{name} has not been compared yet: no file {path}",
            repair=f"rnnvis materialize {name}",
        )
    return Comparison(path, f"rnnvis materialize {name}")
