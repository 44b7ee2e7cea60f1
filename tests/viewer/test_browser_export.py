"""Exports in a real browser: the menu's files, and the page that opens from disk, offline."""

import io
import re
import struct
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote
from xml.etree import ElementTree

import numpy as np
import pyarrow.csv
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.kept_browser import PATIENCE_MS
from tests.viewer.conftest import SPEC, Open, session_of
from tests.viewer.reading import cell_values, module_address, panes, units_by_cluster, view
from viewer.data import release_store
from viewer.data.sentence_states import states_of
from viewer.export.export_tables import stem_of
from viewer.export.standalone_page import standalone_page
from viewer.state.explorer_state import ExplorerState
from viewer.theme_colours import LIGHT
from viewer.views.main_view import CoClusterView
from warehouse.reader import Release
from warehouse.storage import Storage

pytestmark = [pytest.mark.browser, pytest.mark.end_to_end]
SVG = "{http://www.w3.org/2000/svg}"


def saved(page: Page, label: str) -> tuple[str, bytes]:
    """Name and content of what the menu gives."""
    page.locator(".exports summary").click()
    with page.expect_download() as download:
        page.locator(".exports button", has_text=label).click()
    return download.value.suggested_filename, Path(download.value.path()).read_bytes()


def svg_texts(content: bytes) -> list[str]:
    root = ElementTree.fromstring(content)
    return ["".join(node.itertext()) for node in root.iter(f"{SVG}text")]


def svg_cells(content: bytes) -> list[ElementTree.Element]:
    root = ElementTree.fromstring(content)
    cells = next(node for node in root.iter(f"{SVG}g") if node.get("class") == "cells")
    return list(cells)


@pytest.fixture(scope="module")
def exported(storage: Storage, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of the larger model without a selected word, as a file."""
    state = session_of(storage, SPEC.name).left
    state.select_words([])
    file = tmp_path_factory.mktemp("exported") / "exported page.html"
    file.write_bytes(standalone_page(state, CoClusterView(state).component))
    return file


@pytest.fixture
def offline(chromium: Browser, exported: Path) -> Iterator[Page]:
    """That page, opened from disk without a network; it may ask for nothing but itself."""
    context = chromium.new_context(viewport={"width": 1450, "height": 830})
    context.set_offline(True)
    asked: list[str] = []
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: asked.append(str(error)))
    page.on("console", lambda m: m.type == "error" and asked.append(m.text))
    page.goto(exported.as_uri())
    view(page)
    yield page
    context.close()
    assert asked == [f"file://{quote(str(exported))}"]


def test_an_exported_page_recolours_without_a_server(offline: Page, state: ExplorerState) -> None:
    expect(offline.get_by_text(state.release_id)).to_be_visible()
    word = offline.locator(".word").nth(7).text_content() or ""
    offline.locator(".word").nth(7).click()
    expect(offline.locator(".word.selected")).to_have_text(word)
    expect(offline.locator(".legend-title")).to_contain_text(word)
    exact = state.release.words.response(word, layer=1, state="cell").mean
    clip = release_store.responses_of(state.release, state.analysis).clip
    shown = cell_values(offline, units_by_cluster(state), clip)
    # Half a step of the ramp, and what is lost in 16 bits.
    assert np.abs(shown - np.clip(exact, -clip, clip)).max() <= clip / 128 + clip / 2048
    offline.locator(".word.selected").click()
    expect(offline.locator(".word.selected")).to_have_count(0)


def test_an_exported_page_keeps_hover_and_growing_clouds(offline: Page) -> None:
    offline.locator(".chip").nth(5).hover()
    expect(offline.locator(".tip.shown")).to_contain_text("cluster 6")
    offline.locator('.chip[data-chip="5"] .index').click()
    expect(offline.locator(".folded", has_text="×").first).to_be_visible()
    offline.locator(".sheet").hover(position={"x": 200, "y": 60})
    expect(offline.locator(".tip.shown")).to_contain_text("preserved")
    offline.locator(".sheet").click(position={"x": 200, "y": 60})
    expect(offline.locator(".frame.shown")).to_have_count(1)
    expect(offline.locator("body > .presentation")).to_have_count(0)


def test_an_exported_page_shows_what_a_word_of_a_sentence_did(
    offline: Page, state: ExplorerState
) -> None:
    sentence = state.sentences[0]
    token = offline.locator(".token:visible").nth(2)
    word = token.text_content() or ""
    box = token.bounding_box()
    assert box
    offline.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(offline.locator(".legend-title")).to_have_text(f"effect of “{word}” at this step")
    exact = states_of(state.release, sentence, int(state.layer), state.state).changes[2]
    clip = release_store.responses_of(state.release, state.analysis).clip
    shown = cell_values(offline, units_by_cluster(state), clip)
    assert np.abs(shown - np.clip(exact, -clip, clip)).max() <= clip / 128 + clip / 1024
    offline.locator(".word").nth(7).click()
    expect(offline.locator(".legend-title")).to_contain_text("response to")
    offline.locator(".sentence-head .remove").first.click()
    expect(offline.locator(".token:visible")).to_have_count(0)


def test_an_exported_page_adds_words_and_units_as_the_live_one_does(offline: Page) -> None:
    words, chosen = offline.locator(".word"), offline.locator(".word.selected")
    names = [words.nth(i).text_content() or "" for i in range(4)]
    words.nth(0).click(modifiers=["Shift"])
    expect(chosen).to_have_text(names[:1])
    expect(offline.locator(".legend-title")).to_contain_text(names[0])
    for i in (1, 2, 3):
        words.nth(i).click(modifiers=["Shift"])
    expect(chosen).to_have_count(3)
    words.nth(0).click(modifiers=["Shift"])
    expect(chosen).to_have_text(names[2:])
    expect(offline.locator(".legend-title")).to_contain_text(names[2])
    chart = offline.get_by_role("img", name=f"Responses to “{names[2]}”, “{names[3]}”")
    expect(chart.locator(".mean")).to_have_count(2)
    cell = offline.locator(".chip > rect").first.bounding_box()
    assert cell
    offline.mouse.click(cell["x"] + 12, cell["y"] + 12)
    expect(offline.get_by_role("img", name="the clustered words that move it most")).to_be_visible()


def test_an_exported_page_draws_its_picture_and_has_the_help(offline: Page) -> None:
    offline.locator(".exports summary").click()
    expect(offline.locator(".exports button")).to_have_count(2)
    offline.keyboard.press("Escape")
    _, content = saved(offline, "SVG")
    assert set(offline.locator(".word").all_text_contents()) <= set(svg_texts(content))
    offline.keyboard.press("Escape")
    offline.locator(".word").first.click()
    offline.get_by_role("button", name="Help", exact=True).click()
    offline.get_by_role("button", name="How it works").click()
    page = offline.get_by_role("dialog", name="How it works")
    expect(page).to_contain_text("A chip is a cluster, not a layer")
    expect(page.get_by_role("img")).to_have_count(3)


def test_svg_and_csv_hold_all_words_colours_and_numbers_of_the_units(
    open_page: Open, address: str, state: ExplorerState, release: Release
) -> None:
    page = open_page(f"{address}?model={SPEC.name}&word=her")
    view(page)
    name, content = saved(page, "Picture, SVG")
    assert name == f"{stem_of(state)}.svg"
    texts = svg_texts(content)
    shown = page.locator(".view text:visible").all_text_contents()
    assert Counter(filter(str.strip, shown)) <= Counter(texts)
    assert "Export" not in texts
    assert b"font-face" in content
    assert b'paint-order="stroke"' in content  # else the ground of a label lies over it
    assert b"var(--" not in content
    ramp = page.evaluate(
        "([address, {ramp}]) => import(`${address}scene/colours.js`).then((m) => m.makeRamp(ramp))",
        [module_address(page), {"ramp": list(LIGHT.ramp)}],
    )
    exact = release_colours(state, ramp)
    cells = [node.get("fill") for node in svg_cells(content) if node.get("fill") != "none"]
    assert cells == exact
    name, content = saved(page, "Numbers, CSV")
    assert name.endswith("_csv.zip")
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        table = pyarrow.csv.read_csv(io.BytesIO(packed.read("responses.csv")))
    numbers = release.words.response("her", layer=1, state="cell").mean
    np.testing.assert_array_equal(table["mean"].to_numpy().astype(np.float32), numbers)


def release_colours(state: ExplorerState, ramp: list[str]) -> list[str]:
    """The colour of every unit's response to "her", cluster by cluster."""
    clip = release_store.responses_of(state.release, state.analysis).clip
    exact = state.release.words.response("her", layer=1, state="cell").mean
    shares = np.clip(exact / clip, -1, 1)
    steps = np.floor((shares + 1) / 2 * (len(ramp) - 1) + 0.5).astype(int)
    return [ramp[steps[unit]] for units in units_by_cluster(state) for unit in units]


def test_png_has_three_pixels_a_css_pixel(open_page: Open, address: str) -> None:
    page = open_page(f"{address}?model={SPEC.name}&dark=1")
    box = view(page).bounding_box()
    assert box
    _, content = saved(page, "Picture, PNG")
    assert content.startswith(b"\x89PNG")
    size = struct.unpack(">II", content[16:24])
    assert size == (3 * round(box["width"]), 3 * round(box["height"]))


def test_charts_come_as_one_svg_or_the_reason_why_not_and_the_page_whole(
    open_page: Open, address: str
) -> None:
    page = open_page(f"{address}?model={SPEC.name}&word=")
    view(page)
    page.locator(".exports summary").click()
    page.locator(".exports button", has_text="Charts").click()
    expect(page.locator(".exports .refusal")).to_contain_text("select a word or a unit first")
    page.keyboard.press("Escape")
    page.locator(".word").first.click()
    expect(page.locator(".bk-Figure:visible")).to_have_count(1)
    name, content = saved(page, "Charts, SVG")
    assert name.endswith("_charts.svg")
    assert b"@font-face" in content
    assert len(list(ElementTree.fromstring(content).iter(f"{SVG}svg"))) == 2
    name, content = saved(page, "Whole analysis, HTML")
    assert name.endswith(".html")
    assert content.startswith(b"<!doctype html>")
    expect(page.locator(".exports button").first).to_be_hidden()


def test_a_comparison_is_one_picture_and_its_link_is_copied(
    open_page: Open, compared_address: str
) -> None:
    page = open_page(f"{compared_address}?model={SPEC.name}&right.layer=0")
    expect(panes(page)).to_have_count(2)
    menu = page.locator(".exports").first
    menu.locator("summary").click()
    with page.expect_download() as download:
        menu.get_by_role("button", name="Both panes, SVG").click()
    drawn = ElementTree.fromstring(Path(download.value.path()).read_bytes())
    pictures = drawn.findall(f"{SVG}svg")
    assert [float(picture.get("x", "")) for picture in pictures] == [
        0, float(pictures[0].get("width", ""))
    ]  # fmt: skip
    headings = [node.text for node in drawn.findall(f"{SVG}text")]
    assert [heading and heading.split(", ")[0] for heading in headings] == [SPEC.name] * 2
    texts = [ElementTree.tostring(picture, "unicode") for picture in pictures]
    made, used = (
        [set(re.findall(found, text)) for text in texts]
        for found in (r'\sid="([^"]+)', r"url\(#([^)]+)")
    )
    assert made[0].isdisjoint(made[1])
    assert all(ids and ids <= own for ids, own in zip(used, made, strict=True))
    menu.locator("summary").click()
    menu.get_by_role("button", name="Copy link").click()
    # Chromium without a window may refuse its clipboard; then the address is shown to be copied.
    expect(menu.locator(".refusal")).to_have_text(re.compile(r"^(The link is copied\.|http://.*)$"))
