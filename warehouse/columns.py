"""What a column and a table are, as DuckDB and as Arrow have them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import pyarrow as pa

_ARROW_TYPES: Mapping[str, pa.DataType] = MappingProxyType(
    {
        "VARCHAR": pa.string(),
        "BOOLEAN": pa.bool_(),
        "INTEGER": pa.int32(),
        "BIGINT": pa.int64(),
        "FLOAT": pa.float32(),
        "DOUBLE": pa.float64(),
        "FLOAT[]": pa.list_(pa.float32()),
        "INTEGER[]": pa.list_(pa.int32()),
        "VARCHAR[]": pa.list_(pa.string()),
        "TIMESTAMPTZ": pa.timestamp("us", tz="UTC"),
        "JSON": pa.string(),
    }
)
UNIT_ARRAY = "FLOAT[units]"
_QUOTE = "'"


@dataclass(frozen=True)
class Column:
    """One column. ``type`` is a DuckDB type, or ``FLOAT[units]`` for one value a unit: an array
    where all layers have so many ``units``, a list where they differ (``units`` None). A
    ``volatile`` one differs between runs that compute the same: times, speeds, names of runs."""

    name: str
    type: str
    description: str
    key: bool = False
    nullable: bool = False
    volatile: bool = False

    def duckdb_type(self, units: int | None) -> str:
        if self.type == UNIT_ARRAY:
            return "FLOAT[]" if units is None else f"FLOAT[{units}]"
        return self.type

    def arrow_type(self, units: int | None) -> pa.DataType:
        if self.type == UNIT_ARRAY:
            return pa.list_(pa.float32(), -1 if units is None else units)
        return _ARROW_TYPES[self.type]


@dataclass(frozen=True)
class Table:
    """One table; the columns marked ``key`` identify a row together."""

    name: str
    description: str
    columns: tuple[Column, ...]

    @property
    def key(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns if column.key)

    @property
    def volatile(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns if column.volatile)

    @property
    def repeatable(self) -> tuple[str, ...]:
        """The columns that equal runs fill equally."""
        return tuple(column.name for column in self.columns if not column.volatile)

    @property
    def unit_arrays(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns if column.type == UNIT_ARRAY)

    def columns_of(self, rows: Iterable[Mapping[str, Any]]) -> dict[str, list[Any]]:
        """The values of ``rows`` by column."""
        listed = list(rows)
        return {column.name: [row[column.name] for row in listed] for column in self.columns}

    def ddl(self, units: int | None) -> str:
        """The CREATE TABLE statement for layers of ``units`` units (None: of different ones)."""
        lines = [
            f'  "{c.name}" {c.duckdb_type(units)}{"" if c.nullable else " NOT NULL"}'
            for c in self.columns
        ]
        return f'CREATE TABLE "{self.name}" (\n' + ",\n".join(lines) + "\n)"

    def comments(self) -> str:
        """Statements that give the table and its columns their descriptions."""
        named = {f'TABLE "{self.name}"': self.description}
        named |= {f'COLUMN "{self.name}"."{c.name}"': c.description for c in self.columns}
        return "".join(
            f"COMMENT ON {name} IS '{text.replace(_QUOTE, 2 * _QUOTE)}';\n"
            for name, text in named.items()
        )

    def arrow_schema(self, units: int | None) -> pa.Schema:
        """The Arrow schema of this table's Parquet file."""
        return pa.schema(
            [pa.field(c.name, c.arrow_type(units), nullable=c.nullable) for c in self.columns]
        )
