"""What a click or a key does, until it is on the screen."""

import random
from collections.abc import Callable

from playwright.sync_api import Browser, Page

from tests.benchmarks.harness import Row, absolute_row
from tests.benchmarks.viewer.browsing import SETTLED_MS, armed, fresh, opened, stopped
from tests.benchmarks.viewer.figures import REPEATS, median_row, p95_row
from tests.benchmarks.viewer.releases import SIZES
from tests.benchmarks.viewer.serving import Served

COLOURED = "bench.painted > bench.began"
WORDS_TYPED = 17
_SHOWN_TOKENS = "[...bench.view.querySelectorAll('.token')].filter((n) => n.textContent).length"
_SPEC = {spec.name: spec for spec in SIZES}

# Takes the preloaded responses from the page, so that every word is asked of the server.
FORGET_MATRIX = """() => {
  for (const model of Bokeh.documents[0]._all_models.values()) {
    if (model.data?.attributes?.matrix) model.data.attributes.matrix = {}
  }
}"""


def _each(page: Page, act: Callable[[int], None], predicate: str) -> list[float]:
    """Times of REPEATS actions, each begun at rest. A first one is not counted."""
    times = []
    for i in range(REPEATS + 1):
        page.wait_for_timeout(SETTLED_MS)
        armed(page, predicate)
        act(i)
        times.append(stopped(page))
    return times[1:]


def word_places(page: Page) -> list[tuple[float, float]]:
    """Middles of the words on the screen, in an order that jumps from cloud to cloud."""
    boxes = page.locator(".word").evaluate_all(
        "(nodes) => nodes.map((node) => node.getBoundingClientRect().toJSON())"
    )
    places = [(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2) for box in boxes]
    random.Random(1).shuffle(places)
    return places


def click_times(page: Page) -> list[float]:
    places = word_places(page)

    def click(i: int) -> None:
        page.mouse.click(*places[i % len(places)])

    def rested(i: int) -> None:
        # The pointer arrives first, as a person's does: the frame it costs is not the click's.
        page.mouse.move(*places[i % len(places)])
        page.wait_for_timeout(60)
        armed(page, COLOURED)
        click(i)

    return _each(page, rested, COLOURED)


def _clicks(page: Page, model: str) -> list[Row]:
    label = f"{model}: click on a word until the cells are coloured"
    here = click_times(page)
    page.evaluate(FORGET_MATRIX)
    there = click_times(page)
    return [
        median_row(f"{label}, vector in the page", here, must=50, aim=9),
        p95_row(f"{label}, vector in the page", here, must=80, aim=16.7),
        median_row(f"{label}, from DuckDB", there, must=50, aim=33),
        p95_row(f"{label}, from DuckDB", there, must=80, aim=50),
    ]


def _cluster_changes(page: Page, model: str) -> list[Row]:
    """Up through every k, none of them seen before, and down again."""
    handle = page.locator(".noUi-handle").first
    handle.press("Home")
    page.wait_for_timeout(2 * SETTLED_MS)
    keys = ["ArrowRight"] * 18 + ["ArrowLeft"] * (REPEATS - 17)
    page.evaluate("() => { bench.key = bench.view.dataset.drawn }")
    changed = "bench.view.dataset.drawn !== bench.key && (bench.key = bench.view.dataset.drawn)"
    times = _each(page, lambda i: handle.press(keys[i]), changed)
    label = f"{model}: k changed until redrawn"
    return [
        median_row(label, times, must=150, aim=60),
        p95_row(label, times, must=150, aim=60),
    ]


def _remove_sentences(page: Page) -> None:
    while page.locator(".cross").count():
        page.locator(".cross").first.click()
        page.wait_for_timeout(60)


def _sentences(page: Page, model: str) -> list[Row]:
    words = _SPEC[model].words()[:-1]
    line = page.get_by_placeholder("type your own, or pick one")

    def enter(i: int) -> None:
        _remove_sentences(page)
        line.fill(" ".join(random.Random(i).sample(words, WORDS_TYPED)))
        page.wait_for_timeout(SETTLED_MS)
        armed(page, f"{_SHOWN_TOKENS} === {WORDS_TYPED}")
        line.press("Enter")

    times = _each(page, enter, "true")
    spec = _SPEC[model]
    label = (
        f"{model}: {WORDS_TYPED} typed words, {spec.num_layers}×{spec.num_units} LSTM, until drawn"
    )
    return [median_row(label, times, must=150, aim=60), p95_row(label, times, must=150, aim=60)]


def _chips(page: Page, model: str) -> list[Row]:
    """The layout of the grown clouds is the handler of the click, the animation what follows."""
    chips = page.locator(".chip .index")
    count, layouts = chips.count(), []

    def click(i: int) -> None:
        chips.nth(i % count).click()

    gliding = "bench.view.classList.contains('gliding')"
    totals = []
    for i in range(REPEATS + 1):
        page.wait_for_timeout(SETTLED_MS)
        armed(page, f"!{gliding}")
        click(i)
        total = stopped(page)
        layouts.append(float(page.evaluate("bench.handled")))
        totals.append(total - layouts[-1])
    page.keyboard.press("Escape")
    label = f"{model}: chip clicked"
    return [
        median_row(f"{label}, layout of the grown clouds", layouts[1:], must=30, aim=16),
        p95_row(f"{label}, layout of the grown clouds", layouts[1:], must=30, aim=16),
        median_row(f"{label}, animation", totals[1:], must=260, aim=240),
        p95_row(f"{label}, animation", totals[1:], must=260, aim=240),
    ]


def _quick_clicks(page: Page, model: str) -> list[Row]:
    """How many of ten words clicked 100 ms apart coloured the cells before the next one did."""
    places = word_places(page)[:10]
    page.evaluate("""() => {
      bench.titles = new Set()
      const note = () => bench.titles.add(bench.view.querySelector(".legend-title")?.textContent)
      bench.observer = new MutationObserver(note)
      bench.observer.observe(bench.view.querySelector(".legend"), {childList: true, subtree: true})
    }""")
    for place in places:
        page.mouse.click(*place)
        page.wait_for_timeout(100)
    page.wait_for_timeout(SETTLED_MS)
    missed = 10 - int(page.evaluate("() => (bench.observer.disconnect(), bench.titles.size)"))
    label = f"{model}: of ten clicks on words 100 ms apart, without a recolouring"
    return [absolute_row(label, max(0, missed), "", must=0, aim=0)]


def measure(browser: Browser, served: Served, model: str) -> list[Row]:
    """All actions on one page after another."""
    with fresh(browser) as context:
        page = opened(context, served.page(model, "&word="))
        parts = [_clicks, _quick_clicks, _chips, _cluster_changes]
        if model in _SPEC:  # the others have no network that reads typed sentences
            parts.append(_sentences)
        return [row for part in parts for row in part(page, model)]
