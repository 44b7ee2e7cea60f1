"""The help panel, the guided tour and its offer."""

import pytest
from playwright.sync_api import Page, expect

from tests.viewer.conftest import SPEC, Open
from tests.viewer.reading import view

pytestmark = [pytest.mark.browser, pytest.mark.end_to_end]


@pytest.fixture
def opened(open_page: Open, address: str) -> Page:
    page = open_page(f"{address}?model={SPEC.name}&layer=0&state=hidden&k=5")
    view(page)
    return page


def test_the_help_tells_what_is_shown_and_what_marks_mean(opened: Page) -> None:
    opened.keyboard.press("?")
    panel = opened.get_by_role("dialog", name="Help")
    expect(panel).to_contain_text(f"{SPEC.name} has 2 layers of 60 units (cell: LSTM)")
    expect(panel).to_contain_text("layer 0 of 0 to 1 (next to the words): the hidden state h")
    expect(panel).to_contain_text("5 clusters")
    marks = ("Memory chip", "Word cloud", "Double link", "Glyph bar", "Hats", "Control chart")
    for mark in (*marks, "Finding"):
        expect(panel.get_by_text(mark, exact=True)).to_be_visible()
    opened.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    # The button opens it, and a written question mark does not.
    line = opened.get_by_role("combobox", name="Find")
    line.fill("")
    line.press("?")
    expect(line).to_have_value("?")
    opened.get_by_role("button", name="Help", exact=True).click()
    expect(opened.get_by_role("dialog", name="Help")).to_be_visible()
    opened.get_by_role("button", name="Close", exact=True).click()
    expect(opened.get_by_role("dialog")).to_have_count(0)


def test_the_tour_clicks_and_puts_everything_back(opened: Page) -> None:
    before, selected = opened.url, opened.locator(".word.selected").text_content()
    opened.get_by_role("button", name="Take the tour").click()
    tour = opened.get_by_role("dialog", name="Guided tour")
    expect(tour).to_contain_text("1 of 7")  # no chip of this release was silenced
    expect(tour.get_by_role("button", name="Back")).to_be_disabled()
    _expect_lit(opened, ".page > .controls")

    def turn(*keys: str) -> None:
        for key in keys:
            expect(tour.locator(".card")).to_have_attribute("aria-busy", "false")
            opened.keyboard.press(key)

    turn("Enter")
    expect(tour).to_contain_text("A cloud of words")
    expect(opened.locator(".cloud.on .folded", has_text="×")).to_have_count(1)
    turn("ArrowRight", "ArrowRight")
    expect(opened.locator(".word.selected")).not_to_have_text(selected or "")
    turn("ArrowLeft")
    expect(opened.locator(".word.selected")).to_have_text(selected or "")
    expect(opened.locator(".chip.pinned")).to_have_count(1)
    turn("ArrowRight", "ArrowRight", "ArrowRight")
    expect(tour).to_contain_text("A word in its sentence")
    expect(opened.locator(".frame.shown")).to_have_count(1)
    turn("ArrowRight")
    expect(opened.locator(".view[data-drawn]")).to_have_count(2)
    expect(tour.locator(".card")).to_have_attribute("aria-busy", "false")
    opened.get_by_role("button", name="Done", exact=True).click()
    expect(tour).to_have_count(0)
    expect(opened.locator(".view[data-drawn]")).to_have_count(1)
    expect(opened.locator(".chip.pinned, .frame.shown")).to_have_count(0)
    expect(opened.locator(".word.selected")).to_have_text(selected or "")
    assert opened.url == before


def _expect_lit(page: Page, css: str) -> None:
    box = page.locator(css).bounding_box()
    assert box
    expect(page.locator(".tour .lit")).to_have_css("left", f"{box['x']:g}px")
    expect(page.locator(".tour .lit")).to_have_css("width", f"{box['width']:g}px")


def test_the_tour_is_offered_until_it_is_answered(opened: Page) -> None:
    offer = opened.get_by_role("button", name="Take the tour")
    expect(offer).to_be_visible()
    opened.get_by_role("button", name="Not now").click()
    expect(offer).to_be_hidden()
    opened.reload()
    view(opened)
    expect(offer).to_be_hidden()
    opened.keyboard.press("?")
    opened.get_by_role("button", name="How it works").click()
    offer.click()
    opened.keyboard.press("Escape")
    expect(opened.get_by_role("dialog")).to_have_count(0)
    opened.locator(".word").first.click()
    expect(opened.locator(".word.selected")).to_have_count(1)
