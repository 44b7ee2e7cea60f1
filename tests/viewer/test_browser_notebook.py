"""The notebook of the documentation: run by a kernel, its picture opened in a browser."""

import ast
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from playwright.sync_api import Browser, expect

from tests.kept_browser import PATIENCE_MS
from warehouse.storage import CHECKOUT

pytestmark = [pytest.mark.browser, pytest.mark.end_to_end]
NOTEBOOK = CHECKOUT / "docs" / "notebook.ipynb"


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, str]]:
    """What each code cell shows: its last line by MIME type, and what is printed (``stdout``)."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    folder = tmp_path_factory.mktemp("notebook")
    NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(folder)}}).execute()
    assert [*folder.iterdir()] == []
    shown = []
    for cell in notebook.cells:
        parts: dict[str, str] = {}
        for output in cell.get("outputs", ()):
            parts |= output.get("data", {})
            parts |= {"stdout": output["text"]} if output.output_type == "stream" else {}
        shown += [parts] if cell.cell_type == "code" else []
    return shown


def test_the_notebook_is_kept_without_outputs() -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(notebook)
    assert len(notebook.cells) == 10
    assert not any(cell.get("outputs") for cell in notebook.cells)


def test_the_cells_show_what_the_text_says(outputs: list[dict[str, str]]) -> None:
    alike, unlike = ast.literal_eval(outputs[4]["text/plain"])
    assert alike > unlike
    assert outputs[5]["stdout"].count("directions:") == 3


def test_the_picture_is_a_page_that_needs_no_server(
    outputs: list[dict[str, str]], chromium: Browser, tmp_path: Path
) -> None:
    file = tmp_path / "shown.html"
    page_text = f'<!doctype html><meta charset="utf-8">{outputs[3]["text/html"]}'
    file.write_text(page_text, "utf-8")
    context = chromium.new_context(viewport={"width": 1200, "height": 900})
    context.set_offline(True)
    page, faults = context.new_page(), list[str]()
    page.set_default_timeout(PATIENCE_MS)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(file.as_uri())
    frame = page.frame_locator("iframe")
    expect(frame.locator("svg text", has_text="cats").first).to_be_visible()
    expect(frame.locator("body")).to_contain_text("24 units")
    context.close()
    assert faults == []
