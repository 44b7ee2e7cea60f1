"""The page by keyboard alone."""

import pytest
from playwright.sync_api import Page, expect

from tests.viewer.conftest import SPEC, Open
from tests.viewer.reading import view

pytestmark = [pytest.mark.browser, pytest.mark.end_to_end]


@pytest.fixture
def opened(open_page: Open, address: str) -> Page:
    page = open_page(f"{address}?model={SPEC.name}&word=")
    view(page)
    page.wait_for_function("document.location.search.includes('model=')")
    return page


def _tab_to(page: Page, css: str) -> None:
    """Presses Tab until the focus stands on such an element."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.locator(f"{css}:focus").count():
            return
    raise AssertionError(f"Tab does not lead to {css}")


def test_chips_and_their_cells_are_walked_and_chosen(opened: Page) -> None:
    for css in (".chip", ".cloud"):
        names = opened.locator(css).evaluate_all("(all) => all.map((one) => one.ariaLabel)")
        assert all(names)
    # A column is one stop, and arrows lead through it.
    _tab_to(opened, ".chip")
    frame = opened.locator(".chip:focus > rect")
    assert frame.evaluate("(node) => getComputedStyle(node).strokeWidth") == "2px"
    expect(opened.locator(".chip:focus")).to_have_attribute("data-chip", "0")
    opened.keyboard.press("ArrowDown")
    opened.keyboard.press("ArrowDown")
    expect(opened.locator(".chip:focus")).to_have_attribute("data-chip", "2")
    expect(opened.locator(".live")).to_contain_text("cluster 3")
    opened.keyboard.press("End")
    expect(opened.locator(".chip:focus")).to_have_attribute("data-chip", "9")
    opened.keyboard.press("Enter")
    expect(opened.locator(".folded", has_text="×").first).to_be_visible()
    opened.keyboard.press("Escape")
    expect(opened.locator(".folded", has_text="×")).to_have_count(0)
    opened.keyboard.press("Tab")
    expect(opened.locator(".cloud:focus")).to_have_attribute("data-cloud", "0")
    opened.keyboard.press("Shift+Tab")
    expect(opened.locator(".chip:focus")).to_have_attribute("data-chip", "9")
    # Arrows walk the cells, and Enter selects one.
    opened.keyboard.press("ArrowRight")
    expect(opened.locator(".live")).to_contain_text("unit")
    first = opened.locator(".live").text_content()
    opened.keyboard.press("ArrowDown")
    expect(opened.locator(".live")).not_to_have_text(first or "")
    opened.keyboard.press("Enter")
    opened.wait_for_function("/unit=\\d+/.test(document.location.search)")
    expect(opened.locator(".live")).to_contain_text("selected: unit")
    opened.keyboard.press("ArrowRight")
    opened.keyboard.press("Shift+Enter")
    expect(opened.locator(".live")).to_contain_text(", unit")


def test_words_are_walked_and_chosen_one_by_one_and_several(opened: Page) -> None:
    _tab_to(opened, ".cloud")
    opened.keyboard.press("ArrowDown")
    opened.keyboard.press("ArrowRight")
    expect(opened.locator(".word.cursor")).to_have_count(1)
    first = opened.locator(".word.cursor").text_content() or ""
    opened.keyboard.press("ArrowRight")
    expect(opened.locator(".word.cursor")).not_to_have_text(first)
    word = opened.locator(".word.cursor").text_content() or ""
    opened.keyboard.press("Enter")
    expect(opened.locator(".word.selected")).to_have_text(word)
    expect(opened.locator(".live")).to_have_text(f"selected: word {word}")
    opened.keyboard.press("Escape")
    expect(opened.locator(".word.cursor")).to_have_count(0)
    # Shift adds a clicked word.
    words = opened.locator(".cloud").nth(9).locator(".word")
    name = words.nth(0).text_content() or ""
    words.nth(0).click()
    expect(opened.locator(".word.selected")).to_have_text(name)
    words.nth(1).click(modifiers=["Shift"])
    expect(opened.locator(".word.selected")).to_have_count(2)
    fills = opened.locator(".word.selected").evaluate_all(
        "(all) => all.map((one) => getComputedStyle(one).fill)"
    )
    assert len(set(fills)) == 2
