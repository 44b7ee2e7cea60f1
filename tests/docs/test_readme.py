"""The README is short, and what it shows is what the project has."""

from tests.docs.markdown_pages import blocks, read
from warehouse.storage import CHECKOUT

MOST_LINES, MOST_WORDS = 130, 800


def test_the_readme_fits_a_screen_or_two():
    text = read("README.md")
    assert len(text.splitlines()) <= MOST_LINES
    assert len(text.split()) <= MOST_WORDS


def test_it_has_one_picture_and_begins_with_two_commands():
    text = read("README.md")
    assert text.count("![") == 1
    first, *_ = blocks(text, "sh")
    assert [line.split("#")[0].split() for line in first.splitlines()] == [
        ["make", "demo"],
        ["make", "test"],
    ]


def _squeezed(text: str) -> str:
    return " ".join(text.split())


def test_its_queries_and_those_of_the_sql_page_are_the_files_own():
    file = (CHECKOUT / "warehouse" / "example_queries.sql").read_text("utf-8")
    own = [_squeezed(query) for query in file.split(";")]
    own = [query[query.index("-- W") if "-- W" in query else query.find("-- In"):]
           for query in own if query]  # fmt: skip
    (shown,) = blocks(read("README.md"), "sql")
    assert _squeezed(shown).removesuffix(";") == own[0]
    page = [_squeezed(block).removesuffix(";") for block in blocks(read("docs/sql.md"), "sql")]
    assert page[:3] == [query[query.index("? ") + 2 :] for query in own]


def test_what_runs_before_a_change_lands_leaves_no_test_out():
    script = (CHECKOUT / ".ci" / "run").read_text("utf-8").splitlines()
    assert [line for line in script if line.startswith("make ")] == [
        "make test",
        "make test-end-to-end",
    ]
    makefile = (CHECKOUT / "Makefile").read_text("utf-8")
    assert makefile.count('-m "not end_to_end"') == makefile.count("-m end_to_end") == 1
