"""A release that goes bad while it is looked at, and words that look like markup or queries."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import pytest
from playwright.sync_api import Page, expect

from tests.viewer.conftest import SPEC, TOY, Open, serving
from tests.viewer.made_up_release import MadeUp, publish_made_up
from tests.viewer.reading import view
from warehouse.reader import read_current
from warehouse.release_index import release_path
from warehouse.storage import Storage

pytestmark = [pytest.mark.browser, pytest.mark.end_to_end]
HOSTILE = {
    "she": "<script>document.title='run'</script>",
    "he": "<img src=x onerror=\"document.title='run'\">",
    "for": "'; DROP TABLE vocabulary; --",
    "her": "‮שלום",
    "him": "{{7*7}}",
}


@dataclass(frozen=True)
class Hostile(MadeUp):
    """Some of the usual words replaced by markup, SQL and right-to-left text."""

    name: str = "<b>model"

    def words(self) -> list[str]:
        return [HOSTILE.get(word, word) for word in super().words()]


@pytest.fixture
def copied(storage: Storage, tmp_path: Path) -> Storage:
    """A storage of one's own, to be damaged."""
    return Storage(Path(shutil.copytree(storage.root, tmp_path / "storage")))


@pytest.fixture
def own_address(copied: Storage) -> Iterator[str]:
    """Asked for before ``open_page``, which so closes its pages while there still is a server."""
    with serving(copied.root) as served:
        yield served


def current_file(storage: Storage, model: str = SPEC.name) -> Path:
    return release_path(storage, model, read_current(storage, model))


def test_a_release_cut_short_while_open_is_told_and_the_rest_lives(
    own_address: str, open_page: Open, copied: Storage
) -> None:
    # The server has read from the first model's release when it started, but not from this one.
    page = open_page(f"{own_address}?model={TOY.name}&word=")
    view(page)
    os.truncate(current_file(copied, TOY.name), 3 * 4096)
    page.locator(".word").first.click()  # its quantiles have not been read yet
    expect(page.locator(".legend-title")).to_have_text("this word’s response cannot be read")
    expect(page.locator(".detail")).to_contain_text("damaged, cut short or removed")
    expect(page.locator(".detail")).to_contain_text(f"rnnvis materialize {TOY.name}")
    expect(page.locator(".view.failed")).to_have_count(0)
    page.locator(".chip").first.hover()
    expect(page.locator(".tip.shown")).to_contain_text("cluster 1")
    page.get_by_label("Model").select_option(SPEC.name)
    expect(page.locator(".view.failed")).to_have_count(0)
    expect(page.get_by_text("60 units in 10 chips")).to_be_visible()


def _choose_layer_and_state(page: Page) -> None:
    page.get_by_label("Layer").select_option("0")
    page.get_by_label("State").select_option("hidden")


def test_a_release_deleted_while_open_is_read_to_the_end(
    own_address: str, open_page: Open, copied: Storage
) -> None:
    page = open_page(f"{own_address}?model={SPEC.name}&word=")
    view(page)
    current_file(copied).unlink()
    _choose_layer_and_state(page)
    page.locator(".word").first.click()
    expect(page.locator(".view.failed")).to_have_count(0)
    expect(page.locator(".word.selected")).to_have_count(1)
    other = open_page(f"{own_address}?model=toy-gru")
    view(other)


def test_a_release_of_another_version_is_told_with_its_repair(
    open_page: Open, copied: Storage
) -> None:
    with duckdb.connect(str(current_file(copied))) as connection:
        connection.execute("ALTER TABLE unit_summary DROP COLUMN keep_mean")
    with serving(copied.root) as address:
        page = open_page(f"{address}?model={SPEC.name}")
        expect(page.locator(".view .message")).to_contain_text("not a release of this version")
        expect(page.locator(".view .message")).to_contain_text(f"rnnvis materialize {SPEC.name}")
        page.get_by_label("Model").select_option("toy-gru")
        expect(page.get_by_text("50 units in 3 chips")).to_be_visible()
        page.close()


def test_markup_and_queries_are_shown_as_text(open_page: Open, tmp_path: Path) -> None:
    storage = Storage(tmp_path)
    publish_made_up(storage, replace(Hostile(), cluster_counts=(2, 5)))
    with serving(storage.root) as address:
        page = open_page(f"{address}?tags=1&word=%27%3B%20DROP%20TABLE%20vocabulary%3B%20--")
        view(page)
        shown = page.locator(".word.selected")
        expect(shown).to_have_text(HOSTILE["for"])
        expect(page.get_by_label("Model").locator("option")).to_have_text([Hostile.name])
        line = page.get_by_role("combobox", name="Find")
        for word in (HOSTILE["she"], HOSTILE["he"], HOSTILE["him"]):
            line.fill(word)
            line.press("Enter")
            expect(shown).to_have_text(word)
            shown.hover()
            expect(page.locator(".tip.shown")).to_contain_text(word)
        assert page.title() == "RNNVis"
        assert page.locator(".view script, .view img").count() == 0
        page.close()
