"""Nothing moves or dims for nothing: measured on the screen."""

from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from tests.viewer.conftest import SPEC, Open
from tests.viewer.made_up_release import NEVER
from tests.viewer.reading import finish_animations, view

pytestmark = [pytest.mark.browser, pytest.mark.end_to_end]

FEW_PIXELS = 4

_PLACES = """(words) => Object.fromEntries(words.map((word) => {
  const {x, y} = word.getBoundingClientRect()
  return [word.dataset.word, [x, y]]
}))"""


def _places(page: Page) -> dict[str, list[float]]:
    finish_animations(page)
    found: dict[str, list[float]] = page.locator(".word").evaluate_all(_PLACES)
    return found


def _moved(before: dict[str, list[float]], after: dict[str, list[float]]) -> list[str]:
    """The words that are shown both times, further apart than a few pixels."""
    return [
        word
        for word in before.keys() & after.keys()
        if max(abs(a - b) for a, b in zip(before[word], after[word], strict=True)) > FEW_PIXELS
    ]


def _find(page: Page, text: str) -> None:
    page.get_by_role("combobox", name="Find").fill(text)
    page.keyboard.press("Enter")


def test_a_folded_word_that_is_found_is_selected_and_moves_no_other(
    open_page: Open, address: str
) -> None:
    page = open_page(f"{address}?model={SPEC.name}&k=5&words=5")
    view(page)
    shown = set(page.locator(".word").all_text_contents())
    before = _places(page)
    folded = next(word for word in ("company", "from", "must", "they") if word not in shown)
    _find(page, folded[:-1])  # Enter takes the first offer
    expect(page.locator(".word.selected")).to_have_text(folded)
    after = _places(page)
    assert len(before.keys() & after.keys()) >= len(before) - 2
    assert _moved(before, after) == []
    _find(page, "/^sh/ pos:PRON")
    expect(page.locator(".word.selected")).to_have_text("she")
    _find(page, NEVER)
    expect(page.get_by_text(f"“{NEVER}” does not occur")).to_be_visible()


def test_a_second_sentence_moves_no_word(open_page: Open, address: str) -> None:
    page = open_page("about:blank")
    html = page.request.get(f"{address}?model={SPEC.name}").text()
    assert '<div class="skeleton"' in html
    page.goto(f"{address}?model={SPEC.name}&sentence={quote('[12]')}")
    view(page)
    expect(page.locator(".skeleton")).to_be_hidden()
    before = _places(page)
    page.get_by_role("combobox", name="Add a sentence").focus()
    page.get_by_role("listbox", name="Sentences").locator(".option").nth(3).click()
    expect(page.locator("g.sentence")).to_have_count(2)
    after = _places(page)
    assert before.keys() == after.keys()
    assert _moved(before, after) == []


def test_what_a_click_lit_stays_lit_until_the_pointer_moves_and_shift_does_not_wait(
    open_page: Open, address: str
) -> None:
    page = open_page(f"{address}?model={SPEC.name}&k=5&word=she")
    view(page)
    word = page.locator(".cloud .word:not(.selected)").nth(12)
    word.hover()
    expect(page.locator(".view.focused")).to_have_count(1)
    word.click()
    expect(page.locator(".view.focused")).to_have_count(0)
    box = word.bounding_box()
    assert box
    page.mouse.move(box["x"] + 3, box["y"] + 4)
    expect(page.locator(".view.focused")).to_have_count(1)
    page.wait_for_function(
        "() => [...Bokeh.documents[0].all_models].some((m) => m.data?.matrix?.key)"
    )
    page.evaluate("Bokeh.documents[0].all_models.forEach((m) => { m.send_event = () => {} })")
    page.locator(".cloud .word:not(.selected)").nth(7).click(modifiers=["Shift"])
    expect(page.locator(".word.selected")).to_have_count(2)  # with no answer of the server
