"""A chip is named and a view kept, by hand, as a colleague finds them."""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.viewer.conftest import SPEC, Open
from tests.viewer.reading import view
from warehouse.storage import Storage

pytestmark = [pytest.mark.browser, pytest.mark.end_to_end]


@pytest.fixture
def chips(open_page: Open, address: str, storage: Storage) -> Iterator[Page]:
    """The table of chips; names and views are forgotten afterwards."""
    page = open_page(f"{address}?model={SPEC.name}&word=her&show=tables&table=chips")
    view(page)
    yield page
    for folder in ("views", "cluster_names"):
        shutil.rmtree(storage.root / folder, ignore_errors=True)


def test_a_named_chip_and_a_view_are_saved_opened_and_removed(chips: Page) -> None:
    named = chips.locator(".cluster-name", has_text="people")
    chips.locator(".tabulator-row .unnamed").first.click()
    chips.get_by_label("Name of the cluster").fill("people")
    chips.keyboard.press("Enter")
    expect(named.first).to_be_visible()
    chips.get_by_role("button", name="Views", exact=True).click()
    chips.get_by_label("Name of this view").fill("who does it")
    chips.get_by_label("Note", exact=True).fill("see *her*")
    chips.get_by_role("button", name="Save as new").click()
    link = chips.get_by_role("link", name="who does it")
    expect(link).to_have_attribute("aria-current", "page")
    chips.locator(".word").first.click()
    expect(chips.locator(".word.selected")).not_to_have_text("her")
    link.click()
    chips.wait_for_url("**/?view=*")
    view(chips)
    expect(chips.locator(".word.selected")).to_have_text("her")
    expect(named.first).to_be_visible()
    expect(chips.get_by_label("Name of this view")).to_have_value("who does it")
    expect(chips.locator("p.note")).to_have_text("see *her*")
    remove = chips.get_by_role("button", name="Remove who does it")
    remove.click()
    expect(remove).to_have_text("Remove it for everybody?")
    remove.click()
    expect(link).to_have_count(0)
