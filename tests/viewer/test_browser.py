"""The page in a real browser: what is drawn, and what a click does."""

from pathlib import Path
from urllib.parse import quote

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.viewer.conftest import SPEC, TOY, Open, serving
from tests.viewer.reading import (
    assert_tidy,
    cell_values,
    expect_silence,
    finish_animations,
    sent_messages,
    units_by_cluster,
    view,
    word_boxes,
)
from viewer.data import release_store
from viewer.state.explorer_state import ExplorerState
from warehouse.reader import Release

pytestmark = pytest.mark.browser


def test_page_shows_the_release_in_as_many_chips_as_the_slider_says(
    open_page: Open, address: str, release: Release
) -> None:
    page = open_page(f"{address}?model={SPEC.name}")
    view(page)
    expect(page.get_by_text("2 × 60")).to_be_visible()
    expect(page.get_by_text(f"release {release.release_id}")).to_be_visible()
    expect(page.get_by_text("60 units in 10 chips")).to_be_visible()
    expect(page.get_by_text("500 words in 10 clouds")).to_be_visible()
    expect(page.locator(".chip")).to_have_count(10)
    expect(page.locator(".cloud")).to_have_count(10)
    assert _shown_words(page) <= set(SPEC.words())
    assert all(len(cloud["words"]) > 2 for cloud in word_boxes(page))
    # No word is dropped in silence.
    folded = [int(text or 0) for text in page.locator(".folded").all_text_contents()]
    assert page.locator(".word").count() + sum(folded) == len(SPEC.words()) - 1
    page.locator(".noUi-handle").first.press("ArrowRight")
    expect(page.locator(".chip")).to_have_count(11)
    expect(page.get_by_text("60 units in 11 chips")).to_be_visible()


def _shown_words(page: Page) -> set[str]:
    return set(page.locator(".word").all_text_contents())


def test_clicked_words_recolour_the_units_and_get_their_charts(
    open_page: Open, address: str, state: ExplorerState
) -> None:
    page = open_page(f"{address}?model={SPEC.name}&word=")
    view(page)
    expect(page.get_by_text("Click a word to see its response")).to_be_visible()
    word = page.locator(".word").nth(7).text_content() or ""
    page.locator(".word").nth(7).click()
    expect(page.locator(".legend-title")).to_have_text(f"response to “{word}”")
    expect(page.locator(".word.selected")).to_have_text(word)
    page.wait_for_function("document.location.search.includes('word=" + quote(word) + "')")
    responses = release_store.responses_of(state.release, state.analysis)
    exact = state.release.words.response(word, layer=1, state="cell").mean
    shown = cell_values(page, units_by_cluster(state), responses.clip)
    clipped = np.clip(exact, -responses.clip, responses.clip)
    assert np.abs(shown - clipped).max() <= responses.clip / 127
    expect(page.locator(".bk-Figure:visible")).to_have_count(1)
    expect(page.get_by_text("Click a memory cell")).to_be_visible()
    chip = page.locator(".chip > rect").nth(9).bounding_box()
    assert chip
    page.mouse.click(chip["x"] + 12, chip["y"] + 12)
    expect(page.locator(".bk-Figure:visible")).to_have_count(2)
    page.wait_for_function("/unit=\\d/.test(document.location.search)")
    # Ten quick clicks give ten recolourings.
    titles = []
    for i in range(10):
        page.locator(".word").nth(3 * i).click()
        titles.append(page.locator(".legend-title").text_content())
    assert len(set(titles)) == 10


@pytest.mark.parametrize("density", [1, 2])
def test_words_neither_touch_nor_leave_their_cloud(open_page: Open, address: str) -> None:
    page = open_page(f"{address}?model={SPEC.name}")
    view(page)
    assert_tidy(page)
    for key, k in (("Home", 2), ("End", 20)):
        page.locator(".noUi-handle").first.press(key)
        expect(page.locator(".cloud")).to_have_count(k)
        assert_tidy(page)


def test_a_clicked_chip_unfolds_its_cloud_and_stays_in_the_address(
    open_page: Open, address: str
) -> None:
    page = open_page(f"{address}?model={SPEC.name}&word=")
    view(page)
    page.locator('.chip[data-chip="4"] .index').click()
    expect(page.locator('.chip[data-chip="4"]')).to_have_class("chip on pinned")
    linked = page.locator(".link.on").last.get_attribute("data-words")
    expect(page.locator(f'.cloud[data-cloud="{linked}"] .folded')).to_have_text("×")
    finish_animations(page)
    words = SPEC.clusters(10)[1]
    shown = page.locator(f'.cloud[data-cloud="{linked}"] .word')
    assert shown.count() == np.bincount(words, minlength=10)[int(linked or 0)]
    assert_tidy(page)
    page.wait_for_function("document.location.search.includes('pin=chip~5')")
    grown = page.locator(".folded", has_text="×").count()
    assert grown
    other = open_page(page.url)
    expect(other.locator('.chip[data-chip="4"]')).to_have_class("chip on pinned")
    expect(other.locator(".folded", has_text="×")).to_have_count(grown)
    page.locator('.chip[data-chip="4"] .index').click()
    page.wait_for_function("!document.location.search.includes('chip~5')")
    page.go_back()
    expect(page.locator(".folded", has_text="×")).to_have_count(grown)
    page.go_forward()
    expect(page.locator(".folded", has_text="×")).to_have_count(0)


def test_hovering_stays_in_the_browser(open_page: Open, address: str) -> None:
    page = open_page("about:blank")
    sent = sent_messages(page)
    page.goto(f"{address}?model={SPEC.name}")
    view(page)
    expect_silence(page, sent)
    before = len(sent)
    for locator in (page.locator(".word").nth(3), page.locator(".chip").nth(5)):
        locator.hover()
    expect(page.locator(".tip.shown")).to_contain_text("cluster 6")
    page.locator(".sheet").hover(position={"x": 200, "y": 60})
    expect(page.locator(".word-link").first).to_be_attached()
    assert len(sent) == before


def test_an_empty_cluster_is_shown_as_such(open_page: Open, address: str) -> None:
    page = open_page(f"{address}?model={TOY.name}&k=3")
    view(page)
    expect(page.locator(".cloud.empty")).to_contain_text("no words")


def test_a_folded_word_that_is_found_comes_to_light(open_page: Open, address: str) -> None:
    page = open_page(f"{address}?model={SPEC.name}&k=20")
    view(page)
    hidden = sorted(set(SPEC.words()[:500]) - _shown_words(page))[0]
    page.get_by_role("combobox", name="Find").fill(hidden)
    page.keyboard.press("Enter")
    expect(page.locator(".word.selected")).to_have_text(hidden)


def test_dark_theme_turns_the_page(open_page: Open, address: str) -> None:
    page = open_page(f"{address}?model={SPEC.name}&dark=1")
    view(page)
    background = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(background) == "rgb(20, 23, 27)"
    page.get_by_role("button", name="Look").click()
    page.get_by_text("Dark", exact=True).click()
    page.wait_for_function(f"{background} === 'rgb(251, 250, 248)'")


def test_an_unknown_model_in_the_address_is_said(open_page: Open, address: str) -> None:
    page = open_page(f"{address}?model=%3Cscript%3E")
    view(page)
    expect(page.get_by_text("model in this address: found “<script>”")).to_be_visible()
    tops = page.locator(".main, .controls").evaluate_all(
        "(nodes) => nodes.map((node) => node.getBoundingClientRect().top)"
    )
    assert tops == [0, 0]  # the notice moves nothing
    page.get_by_text("Dismiss").filter(visible=True).click()
    expect(page.get_by_text("in this address")).to_be_hidden()


def test_without_a_release_the_page_says_what_makes_one(open_page: Open, tmp_path: Path) -> None:
    with serving(tmp_path) as empty:
        page = open_page(empty)
        expect(page.get_by_text("rnnvis materialize MODEL")).to_be_visible()
        page.close()


def test_the_address_restores_the_view(open_page: Open, address: str) -> None:
    page = open_page(f"{address}?model={SPEC.name}&k=5&word=her&unit=7&tags=1")
    view(page)
    expect(page.locator(".chip")).to_have_count(5)
    expect(page.locator(".word.selected")).to_have_text("her")
    expect(page.locator(".bk-Figure:visible")).to_have_count(2)
    page.get_by_role("button", name="Look", exact=True).click()
    expect(page.get_by_label("Colour by part of speech")).to_be_checked()
