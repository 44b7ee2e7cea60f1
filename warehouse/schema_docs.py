"""The page ``docs/tables.md``, written from the schema by ``python -m warehouse.schema_docs``."""

from collections.abc import Iterator

from warehouse.atomic_files import write_text
from warehouse.columns import Table
from warehouse.schema import COMPARED, TABLES
from warehouse.storage import CHECKOUT

PAGE = CHECKOUT / "docs" / "tables.md"
RELEASE = """# The tables of a release

One DuckDB file a model. Written from `warehouse/schema.py` by `python -m warehouse.schema_docs`.
`FLOAT[units]` holds one value for each unit of a layer: an array, or a list (`FLOAT[]`) in a
release whose layers differ in size. Columns in **bold** identify a row."""
COMPARISON = """
# The tables of a comparison

One DuckDB file a comparison, `comparisons/<name>/findings.duckdb`: the table `finding`, as above,
and which models were compared."""


def _describe(table: Table) -> Iterator[str]:
    yield f"\n## {table.name}\n\n{table.description}\n"
    yield "| column | type | |\n| --- | --- | --- |"
    for column in table.columns:
        name = f"**{column.name}**" if column.key else column.name
        yield f"| {name} | `{column.type}` | {column.description} |"


def describe_tables() -> str:
    """The page's text, in Markdown."""
    tables = (line for table in TABLES.values() for line in _describe(table))
    return "\n".join([RELEASE, *tables, COMPARISON, *_describe(COMPARED)]) + "\n"


def main() -> None:
    """Writes the page."""
    write_text(PAGE, describe_tables())


if __name__ == "__main__":
    main()
