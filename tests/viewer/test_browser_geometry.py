"""The pure functions of the browser's modules, by numbers computed by hand."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from tests.viewer.conftest import SPEC
from tests.viewer.reading import are_apart, call, module_address, view

pytestmark = pytest.mark.browser

BOX = {"axis": 100, "top": 10, "height": 200, "width": 120}

# Packs `words` ([[text, centrality]]) into k clouds, those of `grown` whole, and returns every
# cloud's height and its words' boxes [left, top, right, bottom] within it.
_CLOUDS = """async ([address, words, k, asked, grown]) => {
  const {arrangeClouds} = await import(`${address}arrange.js`)
  const {ASCENT, DESCENT, textWidth} = await import(`${address}text.js`)
  const clusters = Array.from({length: k}, (_, cluster) => words
    .map(([text, centrality], id) => ({id, text, centrality}))
    .filter(({id}) => id % k === cluster)
    .sort((a, b) => b.centrality - a.centrality))
  const box = {left: 600, top: 34, height: 760, width: 275, sagitta: 48}
  const clouds = arrangeClouds(clusters, box, {
    asked, selected: [], grown: new Set(grown), measure: textWidth})
  return clouds.map(({width, height, content, count, folded, words}) => ({
    width, height: Math.max(height, content), count, folded,
    words: words.map(({x, y, width, size}) =>
      [x, y - size * ASCENT, x + width, y + size * DESCENT]),
  }))
}"""


@pytest.fixture(scope="module")
def drawn(chromium: Browser, address: str) -> Iterator[Page]:
    """One page for all: nothing here changes it."""
    opened = chromium.new_page()
    opened.goto(f"{address}?model={SPEC.name}")
    view(opened)
    yield opened
    opened.close()


def test_chips_of_equal_widths(drawn: Page) -> None:
    """Room for cells 17 wide: 6 columns in 120 - 2*7; sizes 3, 8 and 14 take 1, 2 and 3 rows."""
    packed = call(drawn, "chips.js", "packChips", [3, 8, 14], BOX, "equal widths")
    slot = 200 / 3
    padding = min(7, slot * 0.09)
    columns = math.floor((120 - 2 * padding) / 17)
    assert (packed["pitch"], packed["line"], packed["down"]) == (17, columns, False)
    widths = [chip["width"] for chip in packed["chips"]]
    assert widths == pytest.approx([(columns - 0.16) * 17 + 2 * padding] * 3)
    rows = [math.ceil(size / columns) for size in (3, 8, 14)]
    heights = [chip["height"] for chip in packed["chips"]]
    assert heights == pytest.approx([(r - 0.16) * 17 + 2 * padding for r in rows])
    gaps = np.diff([chip["y"] for chip in packed["chips"]]) - heights[:-1]
    assert gaps == pytest.approx((200 - sum(heights)) / 3)


@pytest.mark.parametrize("layout", ["equal heights", "equal widths"])
@pytest.mark.parametrize("sizes", [[1], [0, 1, 40], [7] * 20, [1] * 19 + [1981], [100] * 20])
def test_every_unit_has_a_place_of_its_own_where_it_is_pointed_at(
    drawn: Page, layout: str, sizes: list[int]
) -> None:
    box = {"axis": 200, "top": 34, "height": 748, "width": 360}
    packed = call(drawn, "chips.js", "packChips", sizes, box, layout)
    for size, chip in zip(sizes, packed["chips"], strict=True):
        cells = [call(drawn, "chips.js", "cellRect", packed, chip, i) for i in range(min(size, 30))]
        centres = [(cell["x"] + cell["side"] / 2, cell["y"] + cell["side"] / 2) for cell in cells]
        found = [call(drawn, "chips.js", "cellAt", packed, chip, *at) for at in centres[::7]]
        assert found == list(range(len(centres)))[::7]
    tops = np.array([(chip["y"], chip["y"] + chip["height"]) for chip in packed["chips"]])
    assert (tops[1:, 0] > tops[:-1, 1]).all()
    assert tops[0, 0] >= 34 - 1e-6
    assert tops[-1, 1] <= 34 + 748 + 1e-6


def test_links_within_a_range_and_parts_that_cancel(drawn: Page) -> None:
    clusters = {
        "k": 2, "weight": [1.0, 0.5, -0.1, 0.1], "positive": [1.2, 0.5, 0.5, 0.2],
        "negative": [-0.2, 0.0, -0.6, -0.1],
    }  # fmt: skip
    links = call(drawn, "links.js", "selectLinks", clusters, [0.2, 1])
    assert [(link["words"], link["units"], link["share"]) for link in links] == [
        (0, 1, 0.5), (1, 0, 0.5), (0, 0, 1),
    ]  # fmt: skip
    assert [link["parts"] for link in links] == [None, {"positive": 0.5, "negative": 0.6}, None]
    (left,) = call(drawn, "links.js", "selectLinks", clusters | {"k": 1}, [0.2, 1])
    assert left["share"] == 1
    without = call(drawn, "links.js", "selectLinks", clusters, [0.2, 0.5])
    assert [link["share"] for link in without] == [1, 1]  # of the strongest that is seen


def test_a_pinned_cluster_shows_its_strongest_link_in_any_case(drawn: Page) -> None:
    parts = {"positive": [1.0, 0.1, 0.05, 0.02], "negative": [0.0] * 4}
    clusters = {"k": 2, "weight": parts["positive"]} | parts

    def shown(*pinned: object) -> list[tuple[int, int]]:
        links = call(drawn, "links.js", "selectLinks", clusters, [0.2, 1], *pinned)
        return [(link["words"], link["units"]) for link in links]

    assert shown() == [(0, 0)]
    assert shown({"kind": "chip", "cluster": 1}) == [(0, 1), (0, 0)]
    assert shown({"kind": "cloud", "cluster": 1}) == [(1, 0), (0, 0)]
    assert shown({"kind": "chip", "cluster": 0}) == [(0, 0)]


def test_a_pair_of_strokes_stands_side_by_side(drawn: Page) -> None:
    link = {"weight": -0.1, "share": 0.5, "parts": {"positive": 1, "negative": 1}}
    up, down = call(drawn, "links.js", "linkStrokes", link, [0, 50, 100, 80])
    assert (up["sign"], down["sign"]) == ("positive", "negative")
    assert up["width"] == down["width"] == 6.75
    assert up["d"] == "M0 46.625C53.375 46.625 53.375 76.625 100 76.625"
    assert down["d"] == "M0 53.375C46.625 53.375 46.625 83.375 100 83.375"
    (one,) = call(drawn, "links.js", "linkStrokes", link | {"parts": None}, [0, 50, 100, 80])
    assert one["sign"] == "negative"


@pytest.mark.parametrize(
    ("index", "key", "expected"),
    [
        (0, "ArrowDown", 1), (1, "ArrowRight", 5), (5, "ArrowLeft", 1), (3, "ArrowDown", 3),
        (4, "ArrowUp", 4), (0, "ArrowLeft", 0), (7, "ArrowRight", 7), (8, "ArrowDown", 9),
    ],
)  # fmt: skip
def test_arrows_walk_the_cells(drawn: Page, index: int, key: str, expected: int) -> None:
    """Ten cells in columns of four: 0-3, 4-7, 8-9."""
    packing = {"line": 4, "down": True}
    assert call(drawn, "walking.js", "nextCell", packing, 10, index, key) == expected


def test_arrows_walk_the_words_as_one_reads_them(drawn: Page) -> None:
    places = [(50, 30), (10, 31), (90, 29), (20, 60), (60, 61)]
    words = [{"x": x, "y": y, "width": 20, "size": 12} for x, y in places]

    def after(index: int, key: str) -> Any:
        return call(drawn, "walking.js", "nextWord", words, index, key)

    assert call(drawn, "walking.js", "firstWord", words) == 1
    assert [after(i, "ArrowRight") for i in (1, 0, 2, 3, 4)] == [0, 2, 3, 4, 4]
    assert [after(i, "ArrowDown") for i in (1, 0, 2)] == [3, 4, 4]
    assert [after(i, "ArrowUp") for i in (3, 4, 0)] == [1, 0, 0]


def test_names_flow_into_lines(drawn: Page) -> None:
    """The width of a text is measured in the page, so wide and narrow rooms are compared."""
    measured = """async (address) => {
      const {flowNames} = await import(`${address}tags.js`)
      return flowNames(["noun", "verb", "other"], 100, (text) => 10 * text.length)
    }"""
    flown = drawn.evaluate(measured, module_address(drawn))
    assert [(name["x"], name["y"]) for name in flown["names"]] == [(0, 15), (51, 15), (0, 30)]
    assert flown["height"] == 36


@pytest.mark.parametrize(
    ("lit", "expected"),
    [
        ({"left": 0, "top": 50, "width": 200, "height": 300}, (214, 64)),
        ({"left": 700, "top": 50, "width": 300, "height": 300}, (386, 64)),
        ({"left": 100, "top": 600, "width": 800, "height": 90}, (586, 592)),
    ],
)
def test_the_tour_s_card_stands_beside_what_it_tells_of(
    drawn: Page, lit: dict[str, float], expected: tuple[float, float]
) -> None:
    card, window = {"width": 300, "height": 100}, {"width": 1000, "height": 700}
    place = call(drawn, "tour.js", "placeCard", lit, card, window)
    assert (place["x"], place["y"]) == expected


@pytest.mark.parametrize(
    ("panes", "pane", "expected"),
    [
        (["sentence"], "detail", ["sentence", "detail"]),
        (["sentence", "detail"], "sentence", ["detail"]),
        (["memory"], "memory", ["memory"]),
    ],
)
def test_panes_of_a_presentation(
    drawn: Page, panes: list[str], pane: str, expected: list[str]
) -> None:
    assert call(drawn, "around.js", "toggledPanes", panes, pane) == expected


@pytest.mark.parametrize("num_words", [300, 1000])
def test_no_words_overlap_or_are_cut(drawn: Page, num_words: int) -> None:
    """k from 2 to 20; at some of them few and many words asked for, and a cloud grown. The count of
    folded words, in a corner, is overlapped by none."""
    random = np.random.default_rng(num_words)
    letters = np.array(list("abcdefghijklmnopqrstuvwxyz"))
    texts = ["".join(random.choice(letters, size)) for size in random.integers(1, 15, num_words)]
    words = [
        [text, float(share)] for text, share in zip(texts, random.random(num_words), strict=True)
    ]
    for k in range(2, 21):
        others = ((5, []), (80, []), (0, [k // 2])) if k in {2, 10, 20} else ()
        for asked, grown in ((0, []), *others):
            given = [module_address(drawn), words, k, asked, grown]
            for cloud in drawn.evaluate(_CLOUDS, given):
                boxes = np.array(cloud["words"]).reshape(-1, 4)
                width, height = cloud["width"], cloud["height"]
                corner = [[width - 30, height - 14, width, height]] if cloud["folded"] else []
                assert are_apart(np.vstack([boxes, *corner])), (k, asked)
                assert (boxes[:, :2] >= 0).all()
                assert (boxes[:, 2:] <= (width, height + 0.01)).all()
                assert len(boxes) + cloud["folded"] == cloud["count"]
                assert not asked or len(boxes) <= asked
                assert len(boxes) > 0
