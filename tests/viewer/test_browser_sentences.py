"""Sentences in a real browser: typed and recorded, steps, zoom, scroll, several on one scale."""

from collections.abc import Iterator
from urllib.parse import unquote_plus

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.viewer.analysed import GRU, LSTM
from tests.viewer.conftest import Open
from tests.viewer.reading import expect_silence, sent_messages, view
from tests.viewer.sentence_reading import drag, heads, showing
from viewer.data import release_store
from viewer.data.first_states import WARM
from viewer.data.predictions import predictions_of
from viewer.data.sentence_states import glyphs_of
from warehouse.reader import Release, open_release
from warehouse.storage import Storage

pytestmark = [pytest.mark.browser, pytest.mark.end_to_end]

EXOTIC = ("<script>document.title='run'</script>", "'; DROP TABLE sentence; --", "😀 שלום <b>x</b>",
          "<img src=x onerror=document.title='run'>")  # fmt: skip
LINE = "type your own, or pick one"
HOLD = """() => {
  const {send} = WebSocket.prototype
  const held = []
  WebSocket.prototype.send = function (part) { held.push([this, part]) }
  window.release = () => {
    WebSocket.prototype.send = send
    for (const [socket, part] of held) send.call(socket, part)
  }
}"""
"""Keeps what the page sends from the server, until it is released."""


@pytest.fixture(scope="module")
def lstm(analysed: Storage) -> Iterator[Release]:
    with open_release(LSTM, storage=analysed) as opened:
        yield opened


@pytest.fixture(scope="module")
def gru(analysed: Storage) -> Iterator[Release]:
    with open_release(GRU, storage=analysed) as opened:
        yield opened


def test_a_typed_sentence_is_drawn_and_kept_in_the_address(open_page: Open, tiny: str) -> None:
    page = open_page(showing(tiny, []))
    view(page)
    expect(page.get_by_text("No sentence is shown")).to_be_visible()
    page.get_by_placeholder(LINE).fill("The old xyzzy sees")
    page.keyboard.press("Enter")
    expect(page.locator(".token")).to_have_text(["The", "old", "xyzzy", "sees", "<eos>"])
    expect(page.locator(".token.unknown")).to_have_text(["xyzzy"])
    expect(heads(page)).to_contain_text("Not in the vocabulary, read as <unk>: “xyzzy”.")
    expect(page.get_by_placeholder(LINE)).to_have_value("")
    page.wait_for_url(lambda url: "xyzzy" in url)
    page.reload()
    expect(page.locator(".token.unknown")).to_have_text(["xyzzy"])


def test_bars_on_the_screen_are_the_glyphs(open_page: Open, tiny: str, lstm: Release) -> None:
    """Heights of all bars, read from their path, against the pipeline's own numbers."""
    page = open_page(showing(tiny, ["the cat"], more="&bars=states"))
    view(page)
    path = page.locator("path.mark.bars").get_attribute("d") or ""
    edges = [[float(n) for n in part.replace("h", " ").replace("V", " ").split()[1:4:2]]
             for part in path.split("M")[1:]]  # fmt: skip
    heights = np.array([bottom - top for top, bottom in edges])
    analysis = release_store.facts_of(lstm).default
    found = glyphs_of(lstm, "the cat", analysis, WARM)
    members = release_store.co_clustering(lstm, analysis).chips.clusters
    means = (found.positive - found.negative) / np.bincount(members, minlength=2)
    np.testing.assert_allclose(heights / heights.max(), (means / means.max()).ravel(), atol=1e-3)


def test_code_is_shown_and_never_run(open_page: Open, tiny: str) -> None:
    page = open_page(showing(tiny, ["the cat"]))
    view(page)
    for number, text in enumerate(EXOTIC, 2):
        page.get_by_placeholder(LINE).fill(text)
        page.keyboard.press("Enter")
        expect(heads(page)).to_have_count(number)
        expect(page.locator(".shown-text").last).to_have_text(text)
        page.wait_for_url(lambda url, text=text: text in unquote_plus(url))
    page.reload()
    expect(heads(page)).to_have_count(1 + len(EXOTIC))
    assert page.title() != "run"


def test_the_line_says_what_is_too_long_cut_or_still_read(open_page: Open, tiny: str) -> None:
    page = open_page(showing(tiny, []))
    view(page)
    page.get_by_placeholder(LINE).fill("x" * 100_000)
    page.keyboard.press("Enter")
    expect(page.locator("#sentences-problem")).to_contain_text("100,000 characters")
    page.get_by_placeholder(LINE).fill("cat " * 501)
    page.keyboard.press("Enter")
    expect(heads(page)).to_contain_text("Only the first 500 of 502 words are read.")
    assert 0 < page.locator(".token").count() < 40  # the rows in view alone are drawn
    page.locator(".sheet").hover(position={"x": 100, "y": 100})
    top = page.locator(".in-view").get_attribute("y") or ""
    page.mouse.wheel(0, 100_000)
    expect(page.locator(".in-view")).not_to_have_attribute("y", top)
    marked = page.locator(".in-view").bounding_box()
    strip = page.locator(".strip").bounding_box()
    assert marked
    assert strip
    assert marked["y"] + marked["height"] == pytest.approx(strip["y"] + strip["height"], abs=1)
    # The line says that a sentence is read until it is, if the server answers nothing meanwhile, as
    # when it imports PyTorch.
    page.evaluate(HOLD)
    page.get_by_placeholder(LINE).fill("the old cat")
    page.keyboard.press("Enter")
    said = page.locator("#sentences-problem")
    expect(said).to_have_text("reading the sentence …")
    expect(page.get_by_placeholder(LINE)).to_have_attribute("aria-busy", "true")
    page.evaluate("release()")
    expect(heads(page)).to_have_count(2)
    expect(said).to_have_text("")
    expect(page.get_by_placeholder(LINE)).to_have_attribute("aria-busy", "false")


def test_a_link_of_the_longest_sentences_is_restored(open_page: Open, tiny: str) -> None:
    longest: list[int | str] = [letter * 4900 for letter in "abcde"] + ["😀" * 300]
    page = open_page(showing(tiny, longest))
    view(page)
    expect(heads(page)).to_have_count(6)


def test_a_recorded_sentence_is_picked_from_those_that_hold_a_text(
    open_page: Open, tiny: str, gru: Release
) -> None:
    row = gru.sentences.get(4)
    page = open_page(showing(tiny, [], GRU))
    view(page)
    page.get_by_placeholder(LINE).fill(str(row["text"]).upper())
    option = page.locator(".option.sentence").first
    expect(option).to_contain_text("sentence 4")
    expect(option).to_contain_text(f"labelled {row['label']}, read as {row['predicted']}")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(heads(page)).to_contain_text("Sentence 4")
    expect(heads(page)).to_contain_text(f"read as {row['predicted']}")


def test_sentences_stand_side_by_side_or_stacked_and_can_be_removed(
    open_page: Open, tiny: str
) -> None:
    page = open_page(showing(tiny, [0, 1, "the cat"]))
    view(page)
    expect(heads(page)).to_have_count(3)
    boxes = [sheet.bounding_box() for sheet in page.locator(".sheet").all()]
    (x, y), right, below = [(box["x"], box["y"]) for box in boxes if box]
    assert right[0] > x
    assert right[1] == y
    assert below[0] == x
    assert below[1] > y
    page.get_by_label("Sentences stand").select_option("stacked")
    page.wait_for_function("document.location.search.includes('sentences=stacked')")
    edge = page.locator(".sheet").first.get_attribute("x") or ""
    expect(page.locator(".sheet").nth(2)).to_have_attribute("x", edge)
    boxes = [sheet.bounding_box() for sheet in page.locator(".sheet").all()]
    assert len({round(box["x"]) for box in boxes if box}) == 1
    heads(page).nth(1).locator(".remove").click()
    expect(heads(page)).to_have_count(2)
    expect(heads(page).nth(1)).to_contain_text("Typed")
    page.locator(".cross").first.click()
    expect(heads(page)).to_have_count(1)


def test_typed_sentences_are_told_apart(open_page: Open, tiny: str) -> None:
    page = open_page(showing(tiny, ["the cat", 1, "the dog"]))
    view(page)
    titles = heads(page).locator(".title")
    expect(titles).to_have_text(["Typed 1", "Sentence 1", "Typed 2"])
    page.locator(".cross").first.click()
    expect(titles).to_have_text(["Sentence 1", "Typed"])


def test_one_scale_for_all_sentences(open_page: Open, tiny: str) -> None:
    """A sentence's bars are lower beside one whose bars are higher, by the ratio of the scales."""
    page = open_page(showing(tiny, ["the"], more="&state=cell&bars=states&from=zero"))
    view(page)
    title = page.locator(".sentences .head")
    alone = title.text_content()
    page.get_by_placeholder(LINE).fill("the old cat sees a new dog and then a bird hears the fish")
    page.keyboard.press("Enter")
    expect(heads(page)).to_have_count(2)
    expect(title).not_to_have_text(alone or "")
    assert title.count() == 1


def test_a_step_links_colours_and_stays_in_the_address(
    open_page: Open, tiny: str, lstm: Release
) -> None:
    page = open_page(showing(tiny, ["the old cat sees"]))
    view(page)
    page.locator(".token", has_text="cat").click(force=True)
    expect(page.locator(".legend-title")).to_contain_text("“cat” drove")
    expect(page.locator(".word-link").first).to_be_attached()
    expect(page.locator(".word.selected")).to_have_text("cat")
    page.wait_for_function("document.location.search.includes('step=0~2')")
    page.reload()
    expect(page.locator(".legend-title")).to_contain_text("“cat” drove")
    expect(page.locator(".frame.shown")).to_be_attached()
    page.locator(".word", has_text="dog").first.click()
    expect(page.locator(".legend-title")).to_contain_text("“dog” drives")


def test_the_pointer_over_words_and_bars_tells_and_sends_nothing(
    open_page: Open, tiny: str, lstm: Release
) -> None:
    page = open_page(showing(tiny, [3]))
    sent = sent_messages(page)
    page.reload()
    view(page)
    expect_silence(page, sent)
    before = len(sent)
    expected = predictions_of(lstm, 3)
    words = release_store.vocabulary_of(lstm).words
    page.locator(".token").nth(1).hover(force=True)
    expect(page.locator(".tip")).to_contain_text("probability ")
    for word in expected.words[1]:
        expect(page.locator(".tip")).to_contain_text(words[word])
    box = page.locator(".sheet").bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] - 12, box["y"] + 30)
    expect(page.locator(".chip").nth(1)).to_have_class("chip on")
    drag(page, 0, 20, 120)
    assert len(sent) == before


def test_a_classifiers_predictions_stand_under_its_words(
    open_page: Open, tiny: str, gru: Release
) -> None:
    page = open_page(showing(tiny, [2], GRU))
    view(page)
    found = predictions_of(gru, 2)
    shown = page.locator(".prediction").all_text_contents()
    numbers = [float(text.replace("−", "-")) for text in shown]
    np.testing.assert_allclose(numbers, found.margins[: len(numbers)], atol=0.0051)
    classes = [node.get_attribute("class") for node in page.locator(".prediction").all()]
    assert classes == [f"prediction {'negative' if m < 0 else 'positive'}"
                       for m in found.margins[: len(numbers)]]  # fmt: skip
    page.locator(".token").first.hover(force=True)
    expect(page.locator(".tip")).to_contain_text(f"{found.classes[found.favoured]} so far")
