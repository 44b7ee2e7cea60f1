"""Addresses in a real browser: code in them is text, long ones survive, bad ones are told."""

import json
from urllib.parse import parse_qsl, quote, unquote, urlsplit

import pytest
from playwright.sync_api import expect

from tests.viewer.conftest import LEFT, OTHER, Open
from tests.viewer.reading import OWN_SCALES, expect_panes, left, right
from viewer.state.sentence_choice import MOST_CHARACTERS, MOST_SENTENCES

pytestmark = [pytest.mark.browser, pytest.mark.end_to_end]


@pytest.mark.parametrize(
    "text", ["<script>document.body.remove()</script>", "'; drop table model; --"]
)
def test_code_in_the_address_of_either_pane_is_shown_as_text(
    open_page: Open, compared_address: str, text: str
) -> None:
    page = open_page(
        f"{compared_address}?model={LEFT.name}&word={quote(text)}&right.model={OTHER.name}"
        f"&right.layer={quote(text)}"
    )
    expect_panes(page, 2)
    for name in ("word", "right.layer"):
        expect(page.get_by_text(f"{name} in this address:")).to_be_visible()
    expect(page.get_by_text(text).first).to_be_visible()


def test_exotic_typed_sentences_survive_a_reload(open_page: Open, compared_address: str) -> None:
    text = "she said “it's 100% & more?” #1 🙂 עברית <b>+/\\"
    written = quote(f'["{text.replace(chr(92), chr(92) * 2)}"]', safe="")
    page = open_page(f"{compared_address}?model={LEFT.name}&sentence={written}&right.layer=0")
    expect_panes(page, 2)
    page.get_by_label(OWN_SCALES).check()  # writes the address anew
    page.wait_for_function("document.location.search.includes('own=1')")
    assert dict(parse_qsl(urlsplit(page.url).query))["sentence"] == unquote(written)
    page.reload()
    expect_panes(page, 2)
    expect(page.get_by_text("in this address")).to_have_count(0)


def test_the_longest_sentences_survive_a_reload(open_page: Open, compared_address: str) -> None:
    sentences = [f"{i}{'🙂' * (MOST_CHARACTERS - 1)}" for i in range(MOST_SENTENCES)]
    written = quote(json.dumps(sentences, ensure_ascii=False, separators=(",", ":")))
    page = open_page(f"{compared_address}?model={LEFT.name}&sentence={written}&right.layer=0")
    expect_panes(page, 2)
    page.get_by_label(OWN_SCALES).check()
    page.wait_for_function("document.location.search.includes('own=1')")
    page.reload()
    expect_panes(page, 2)
    expect(page.get_by_text("in this address")).to_have_count(0)


def test_the_back_button_shows_what_was_shown_before(
    open_page: Open, compared_address: str
) -> None:
    page = open_page(f"{compared_address}?model={LEFT.name}&right.model={OTHER.name}&word=her")
    expect_panes(page, 2)
    left(page).locator(".word").nth(5).click()
    page.wait_for_function("!document.location.search.includes('word=her')")
    page.evaluate("window.stayed = true")
    page.go_back()
    for pane in (left(page), right(page)):
        expect(pane.locator(".word.selected")).to_have_text("her")
    assert page.evaluate("window.stayed"), "the page was loaded again"


@pytest.mark.parametrize(
    "names", [("model",), ("word", "sentence"), ("right.model",), ("right.k",)], ids=" ".join
)
def test_values_without_end_are_said(
    open_page: Open, compared_address: str, names: tuple[str, ...]
) -> None:
    query = "&".join(f"{name}={'x' * 100_000}" for name in names)
    page = open_page(f"{compared_address}?{query}")
    expect_panes(page, 1 + names[0].startswith("right."))
    for name in names:
        expect(page.get_by_text(f"{name} in this address: found")).to_be_visible()
