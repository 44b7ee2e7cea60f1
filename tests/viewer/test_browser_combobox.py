"""The line with offers below it: what is chosen, and when, while answers are on their way."""

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.viewer.conftest import SPEC, Open
from tests.viewer.reading import MODULES, view

pytestmark = [pytest.mark.browser, pytest.mark.end_to_end]

# A line of its own on the page, `made`, which nobody answers but the test; `asked` holds the texts
# that it asked about, `taken` what was entered: [name of the offer or null, text].
_MAKE = """async (address) => {
  const {Combobox} = await import(`${address}panels/combobox.js`)
  const words = {label: "Made up", placeholder: "", offered: "Made up offers", id: "made"}
  Object.assign(window, {asked: [], taken: []})
  window.made = new Combobox(document.body, words, {
    draw: (option, {name}) => { option.textContent = name },
    ask: (text) => window.asked.push(text),
    take: (offer, text) => window.taken.push([offer?.name ?? null, text]),
  })
  window.made.line.focus()
}"""
_OFFER = "([text, names]) => window.made.offer(names.map((name) => ({name})), text)"


@pytest.fixture
def made(open_page: Open, address: str) -> Page:
    """The keyboard in the made-up line, on a page that holds nothing else."""
    page = open_page(f"{address}{MODULES}/panels/combobox.js")
    page.evaluate(_MAKE, f"{address}{MODULES}/")
    return page


def answer(page: Page, text: str, *names: str) -> None:
    page.evaluate(_OFFER, [text, names])


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def offers(page: Page, name: str = "Made up offers") -> Locator:
    return page.get_by_role("listbox", name=name, include_hidden=True)


def chosen(page: Page) -> list[str]:
    """The chosen offer, as the list tells it; nothing where the line tells another."""
    return page.evaluate("""() => [...window.made.list.children]
      .filter((option) => option.ariaSelected === "true")
      .filter((option) => option.id === window.made.line.getAttribute("aria-activedescendant"))
      .map((option) => option.textContent)""")


def taken(page: Page) -> Any:
    return page.evaluate("window.taken")


def test_a_choice_made_before_the_answer_is_kept(made: Page) -> None:
    press(made, "h")
    answer(made, "h", "her", "he", "she")
    press(made, "e", "ArrowDown", "ArrowDown")
    assert chosen(made) == ["he"]
    answer(made, "he", "he", "the", "her", "she")
    assert chosen(made) == ["he"]
    press(made, "ArrowDown")
    assert chosen(made) == ["the"]
    press(made, "Enter")
    assert taken(made) == [["the", "he"]]


def test_a_choice_that_the_answer_does_not_hold_is_let_go(made: Page) -> None:
    press(made, "h")
    answer(made, "h", "her", "has")
    press(made, "e", "ArrowUp")
    assert chosen(made) == ["has"]
    answer(made, "he", "her", "he")
    assert chosen(made) == []
    press(made, "Enter")
    assert taken(made) == [[None, "he"]]


def test_who_writes_on_enters_what_is_written(made: Page) -> None:
    press(made, "h")
    answer(made, "h", "her", "he")
    press(made, "ArrowDown", "e")
    assert chosen(made) == []
    answer(made, "he", "he", "her")
    press(made, "Enter")
    assert taken(made) == [[None, "he"]]


def test_the_list_is_busy_until_the_text_is_answered(made: Page) -> None:
    busy = "aria-busy"
    expect(offers(made)).to_have_attribute(busy, "false")
    press(made, "h", "e")
    expect(offers(made)).to_have_attribute(busy, "true")
    answer(made, "h", "has", "her")
    expect(offers(made)).to_have_attribute(busy, "true")
    assert offers(made).get_by_role("option").count() == 0
    answer(made, "he")
    expect(offers(made)).to_have_attribute(busy, "false")
    press(made, "Backspace", "Backspace")
    expect(offers(made)).to_have_attribute(busy, "true")
    answer(made, "", "all", "of", "them")
    expect(offers(made)).to_have_attribute(busy, "false")
    assert made.evaluate("window.asked") == ["h", "he", "h", ""]


@pytest.mark.parametrize("key", ["Enter", "Escape", "Tab"])
def test_an_answer_to_a_line_that_was_left_opens_no_list(made: Page, key: str) -> None:
    press(made, "h")
    answer(made, "h", "her", "he")
    press(made, "e", key)
    expect(offers(made)).to_have_attribute("aria-busy", "false")
    answer(made, "he", "he", "her")
    assert offers(made).get_by_role("option").count() == 0
    assert made.evaluate("window.made.line.ariaExpanded") == "false"


def test_what_is_written_since_the_last_was_entered_stays(made: Page) -> None:
    line = made.get_by_role("combobox", name="Made up")
    press(made, "a", "Enter")
    made.evaluate("window.made.answer('')")
    expect(line).to_have_value("")
    press(made, "b", "Enter", "c")
    made.evaluate("window.made.answer('')")
    expect(line).to_have_value("bc")
    expect(offers(made)).to_have_attribute("aria-busy", "true")


def test_both_lines_are_answered_for_a_text_for_none_and_for_one_that_nothing_holds(
    open_page: Open, address: str
) -> None:
    page = open_page(f"{address}?model={SPEC.name}")
    view(page)
    lines = {"Find": ("Words and units", 0), "Add a sentence": ("Sentences", 40)}
    for label, (offered, many) in lines.items():
        line, found = page.get_by_role("combobox", name=label), offers(page, offered)
        for text, count in (("he", None), ("no such words", 0), ("", many)):
            line.fill(text)
            expect(found).to_have_attribute("aria-busy", "false")
            if count is not None:
                expect(found.get_by_role("option")).to_have_count(count)
