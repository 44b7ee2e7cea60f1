"""The generated pages are current, and nothing in them is left unexplained."""

import re
import runpy

import pytest

import warehouse.reader
from tests.docs.markdown_pages import read
from warehouse.schema import COMPARED, TABLES
from warehouse.storage import CHECKOUT

GENERATOR = runpy.run_path(str(CHECKOUT / "docs" / "generate_reference.py"))
GENERATED = GENERATOR["pages"]()


@pytest.mark.parametrize("name", GENERATED)
def test_the_page_is_current(name):
    current = GENERATED[name]
    assert read(f"docs/{name}") == current, "run: python docs/generate_reference.py"


@pytest.mark.parametrize("name", ["commands.md", "configuration.md"])
def test_every_option_and_key_is_explained(name):
    meaning = {"commands.md": 1, "configuration.md": 3}[name]
    rows = [re.split(r" ?(?<!\\)\| ?", line)[1:-1] for line in GENERATED[name].splitlines()
            if line.startswith("| `")]  # fmt: skip
    assert len(rows) > 10
    assert [row[0] for row in rows if not row[meaning].strip()] == []


def test_every_table_is_documented():
    page = read("docs/tables.md")
    for table in (*TABLES.values(), COMPARED):
        section = page.partition(f"## {table.name}\n")[2].partition("\n## ")[0]
        for column in table.columns:
            assert re.search(rf"^\| \**{column.name}\** \|", section, re.MULTILINE), column


def test_what_the_reader_names_is_public():
    assert set(GENERATOR["PUBLIC"]["warehouse.reader"]) == set(warehouse.reader.__all__)
