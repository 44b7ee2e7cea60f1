"""A sentence in a real browser: zoomed, scrolled, its bars chosen, walked with the keyboard."""

import pytest
from playwright.sync_api import expect

from tests.viewer.conftest import Open
from tests.viewer.reading import view
from tests.viewer.sentence_reading import drag, heads, showing, words_of

pytestmark = [pytest.mark.browser, pytest.mark.end_to_end]


def test_a_stretch_is_zoomed_to_and_left_again(open_page: Open, tiny: str) -> None:
    page = open_page(
        showing(tiny, ["the old cat sees a new dog and then a bird hears the fish " * 4])
    )
    view(page)
    everything = words_of(page, 0)
    drag(page, 0, 5, 100)
    whole = heads(page).locator(".whole")
    expect(whole).to_have_text("words 1 to 3 of 57: show all")
    assert words_of(page, 0) == ["the", "old", "cat"]
    expect(page.locator(".legend-title")).not_to_contain_text("drove")
    whole.click()
    expect(page.locator(".token")).to_have_count(len(everything))
    drag(page, 0, 5, 100, x=3)  # on the strip, which stands for the whole sentence
    expect(whole).to_contain_text("words 1 to 8 of 57")
    selected = page.evaluate("document.location.search")
    page.locator(".sheet").dblclick(position={"x": 100, "y": 50})
    expect(whole).to_be_hidden()
    page.mouse.move(0, 0)  # the word under the pointer has links of its own
    page.evaluate("new Promise((done) => setTimeout(done, 400))")  # after a wait for a second click
    assert page.evaluate("document.location.search") == selected
    assert page.locator(".word-link").count() == 0


def test_zoom_and_scroll_survive_another_clustering(open_page: Open, tiny: str) -> None:
    page = open_page(showing(tiny, ["the old cat sees a new dog and then"]))
    view(page)
    drag(page, 0, 5, 100)
    expect(heads(page).locator(".whole")).to_contain_text("words 1 to 2")
    page.get_by_role("slider").first.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".chip")).to_have_count(3)
    expect(heads(page).locator(".whole")).to_contain_text("words 1 to 2")


def test_bars_of_changes_and_the_keep_gate_on_request(open_page: Open, tiny: str) -> None:
    page = open_page(showing(tiny, ["the old cat sees"], more="&state=cell&bars=states"))
    view(page)
    title = page.locator(".sentences .head")
    expect(title).to_contain_text("State after each word")
    expect(page.locator(".marks .keeps")).to_have_attribute("d", "")
    page.get_by_label("Keep gate in control charts").check()
    expect(page.locator(".marks .keeps")).not_to_have_attribute("d", "")
    expect(page.locator(".sentence-key")).to_contain_text("keep gate")
    page.get_by_label("Bars show").select_option("changes")
    expect(title).to_contain_text("Change by each word")
    page.wait_for_function("document.location.search.includes('bars=changes')")


def test_sentences_are_walked_with_the_keyboard(open_page: Open, tiny: str) -> None:
    page = open_page(showing(tiny, ["the old cat sees", "a dog"]))
    view(page)
    page.locator(".sheet").first.focus()
    for _ in range(3):
        page.keyboard.press("ArrowDown")
    expect(page.locator(".live")).to_contain_text("cat")
    page.keyboard.press("Enter")
    expect(page.locator(".legend-title")).to_contain_text("“cat” drove")
    page.keyboard.press("Delete")
    expect(heads(page)).to_have_count(1)
