"""The geometry of sentences and the texts under their words: pure functions, run in the page."""

from itertools import pairwise

import pytest
from playwright.sync_api import Page

from tests.viewer.conftest import SPEC, Open
from tests.viewer.reading import run_module, view

pytestmark = pytest.mark.browser
BOXES = "sentence_boxes.js"


@pytest.fixture
def page(open_page: Open, address: str) -> Page:
    opened = open_page(f"{address}?model={SPEC.name}")
    view(opened)
    return opened


def test_places_of_sentences(page: Page) -> None:
    """Panes neither overlap nor leave their box; words, glyphs and strip do not overlap either."""
    box = {"left": 12, "top": 34, "width": 400, "height": 700}
    for count in range(1, 7):
        for arrangement in ("side by side", "stacked"):
            panes = run_module(page, BOXES, "m.paneBoxes(...v)", count, box, arrangement)
            assert len(panes) == count
            for i, one in enumerate(panes):
                assert one["left"] >= 12
                assert one["left"] + one["width"] <= 412.001
                assert one["top"] >= 34
                assert one["top"] + one["height"] <= 734.001
                assert all(_apart(one, other) for other in panes[:i])
    columns = run_module(page, BOXES, "[1, 2, 3, 4].map((n) => m.columnsOf(n, v[0]))", "")
    assert columns == [1, 2, 3, 3]
    for mirrored in (False, True):
        parts = run_module(page, BOXES, "m.partsOf(...v)", box, 20, mirrored)
        edge, width = parts["words"]["x"], parts["words"]["width"]
        words = (edge, edge + width) if mirrored else (edge - width, edge)
        spans = [words, *((parts[name]["x"], parts[name]["x"] + parts[name]["width"])
                          for name in ("strip", "glyph"))]  # fmt: skip
        spans.sort(reverse=mirrored)
        assert all(12 <= low < high <= 412 for low, high in spans)
        ordered = sorted(spans)
        assert all(one[1] <= other[0] for one, other in pairwise(ordered))


def _apart(one: dict[str, float], other: dict[str, float]) -> bool:
    return (
        one["left"] + one["width"] <= other["left"] + 1e-6
        or other["left"] + other["width"] <= one["left"] + 1e-6
        or one["top"] + one["height"] <= other["top"] + 1e-6
        or other["top"] + other["height"] <= one["top"] + 1e-6
    )


def test_rows_in_view(page: Page) -> None:
    """100 words of 34 pixels in 340: ten rows are seen, wherever one scrolls."""
    part = {"top": 50, "height": 340}
    rows = run_module(page, BOXES, "m.layRows(...v)", 100, part, None)
    assert (rows["row"], rows["content"], rows["from"], rows["to"]) == (34, 3400, 0, 99)
    assert run_module(page, BOXES, "m.visibleRows(...v)", rows, 0) == {"from": 0, "to": 9}
    assert run_module(page, BOXES, "m.visibleRows(...v)", rows, -51) == {"from": 1, "to": 11}
    assert run_module(page, BOXES, "m.clampScroll(...v)", rows, -10_000) == -3060
    assert run_module(page, BOXES, "m.clampScroll(...v)", rows, 5) == 0
    assert run_module(page, BOXES, "m.positionAt(...v)", rows, 50 + 40, -34) == 2
    assert run_module(page, BOXES, "m.positionAt(...v)", rows, 49, -34) is None
    assert run_module(page, BOXES, "m.rowTop(...v)", rows, 2, -34) == 84
    assert run_module(page, BOXES, "m.scrollTo(...v)", rows, 99, 0) == -3060
    assert run_module(page, BOXES, "m.scrollTo(...v)", rows, 5, 0) == 0
    zoomed = run_module(page, BOXES, "m.layRows(...v)", 100, part, {"from": 3, "to": 4})
    assert (zoomed["row"], zoomed["content"]) == (150, 300)
    assert run_module(page, BOXES, "m.positionOnStrip(...v)", 100, part, 50 + 170) == 50


def test_marks_of_one_word(page: Page) -> None:
    """A word and a cluster by hand: from 2 to 3 above zero, from -1 to -0.5 below it."""
    sentence = {
        "k": 1, "positive": [3], "positive_change": [1], "negative": [-0.5],
        "negative_change": [0.5], "preserved": [1], "keep": [0],
    }  # fmt: skip
    words = {"from": 0, "to": 0}
    assert run_module(page, "glyphs.js", "m.reachesOf(...v)", sentence, words) == [3, 1]
    rows = {"top": 0, "height": 106, "row": 106, "from": 0, "to": 0, "content": 106}
    place = {
        "rows": rows,
        "scrolled": 0,
        "glyph": {"x": 0, "width": 10},
        "extent": 3,
        "words": words,
    }
    paths = run_module(page, "glyphs.js", "m.glyphPaths(...v)", sentence, place)
    control = 106 * 0.3
    half = (106 - control - 6) / 2
    zero = 2 + control + 1 + half
    assert _edges(paths["bars"]) == pytest.approx([zero - half, zero + half / 6])
    assert _edges(paths["positive"]) == pytest.approx([zero - half, zero - half * 2 / 3])
    assert _edges(paths["positiveLost"]) == pytest.approx([zero + half / 6, zero + half / 3])
    assert paths["negative"] == paths["negativeLost"] == paths["shrinking"] == ""
    assert paths["growing"]
    assert float(paths["keeps"].split()[1].split("h")[0]) == pytest.approx(2 + control - 2.6)
    changed = run_module(page, "glyphs.js", "m.asChanges(...v)", sentence)
    assert (changed["positive"], changed["negative"]) == ([1.5], [0])
    (link,) = run_module(page, "glyphs.js", "m.wordLinks(...v)", sentence, 0, 0.2)
    assert link == {"units": 0, "weight": 1.5, "share": 1}


def test_a_bar_that_dwarfs_the_others_is_broken(page: Page) -> None:
    """Of 100 bars one reaches to 10, the others to 1 to 2; in company it is no exception."""
    usual = [1 + i / 98 for i in range(99)]
    assert run_module(page, "glyphs.js", "m.scaleEnd(...v)", [*usual, 10]) == pytest.approx(
        1.98979592
    )
    assert run_module(page, "glyphs.js", "m.scaleEnd(...v)", [*usual, 3]) == 3
    assert run_module(page, "glyphs.js", "m.scaleEnd(...v)", [*usual, 10, 10, 10, 10]) == 10
    assert run_module(page, "glyphs.js", "m.scaleEnd(...v)", [10]) == 10
    assert run_module(page, "glyphs.js", "m.scaleEnd(...v)", []) == 0


def _edges(path: str) -> list[float]:
    """Top and bottom of a path's only rectangle, "Mx tophwVbottomh-wZ"."""
    start, _, end = path.partition("V")
    return [float(start.split(" ")[1].split("h")[0]), float(end.split("h")[0])]


@pytest.mark.parametrize(
    ("share", "text"),
    [(0, "0.00 %"), (1e-6, "<0.01 %"), (0.0005, "0.05 %"), (0.005, "0.5 %"), (0.0996, "10 %"),
     (0.5, "50 %"), (1, "100 %")],
)  # fmt: skip
def test_percentages(page: Page, share: float, text: str) -> None:
    assert run_module(page, "thoughts.js", "m.percent(...v)", share) == text


@pytest.mark.parametrize(
    ("text", "room", "shown"),
    [("company", 7, "company"), ("company", 5, "comp…"), ("x", 0, "x"), ("", 5, ""),
     ("😀😀😀😀", 4, "😀…"), ("a" * 5000, 4, "aaa…")],
)  # fmt: skip
def test_texts_are_shortened_by_whole_signs(page: Page, text: str, room: int, shown: str) -> None:
    """Each code unit measured as one: an emoji is two."""
    script = "m.shorten(v[0], 1, 400, v[1], (text) => text.length)"
    assert run_module(page, "text.js", script, text, room) == shown
