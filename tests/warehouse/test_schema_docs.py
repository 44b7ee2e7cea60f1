"""The page about the tables says what the schema says."""

from warehouse.schema import TABLES
from warehouse.schema_docs import PAGE, describe_tables


def test_the_page_is_up_to_date():
    assert PAGE.read_text("utf-8") == describe_tables(), "run: python -m warehouse.schema_docs"


def test_every_table_and_column_is_described():
    for table in TABLES.values():
        assert table.description.endswith(".")
        assert all(column.description for column in table.columns)
