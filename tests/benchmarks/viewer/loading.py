"""Opening an address: until everything is drawn, against an empty Panel page on the same server."""

from collections.abc import Iterator
from dataclasses import dataclass

from playwright.sync_api import Browser, BrowserContext

from tests.benchmarks.harness import Row, absolute_row
from tests.benchmarks.viewer.browsing import fresh
from tests.benchmarks.viewer.figures import REPEATS, median, median_row, p95, ratio_row
from tests.benchmarks.viewer.serving import EMPTY, Served

MUST_KB, AIM_KB = 150, {"usual": 60, "largest": 100, "widest": 120}
SKELETON_MS = 300
_LOCAL = ("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:")


def _drawn(context: BrowserContext, address: str, *, view: str) -> tuple[float, float, float]:
    """Milliseconds until all is drawn, and until the skeleton is; kB over the socket until the main
    view was."""
    page = context.new_page()
    page.goto(address, wait_until="commit")
    if view == "true":
        painted = page.evaluate("bench.until(() => bench.find('.view')?.dataset.drawn)")
        kilobytes = page.evaluate("(time) => bench.bytesBefore(time)", painted) / 1e3
    else:
        kilobytes = 0.0
    time = page.evaluate(f"bench.until(() => bench.idle({view}))")
    skeleton = page.evaluate("() => bench.skeleton")
    page.close()
    return time, skeleton, kilobytes


@dataclass(frozen=True)
class _Opening:
    """An address opened with an empty cache (``cold``), and again: milliseconds, and kB."""

    cold: float
    warm: float
    cold_skeleton: float
    warm_skeleton: float
    kilobytes: float


def _times(browser: Browser, address: str, view: str) -> Iterator[_Opening]:
    for _ in range(REPEATS):
        with fresh(browser) as context:
            cold, cold_skeleton, kilobytes = _drawn(context, address, view=view)
            warm, warm_skeleton, _ = _drawn(context, address, view=view)
        yield _Opening(cold, warm, cold_skeleton, warm_skeleton, kilobytes)


def measure(browser: Browser, served: Served, model: str) -> list[Row]:
    """Cold and warm, our page and the empty one in turns."""
    ours, empty = [], []
    pairs = zip(
        _times(browser, served.page(model), "true"),
        _times(browser, f"{served.address}{EMPTY}", "false"),
        strict=True,
    )
    for page, nothing in pairs:
        ours.append(page)
        empty.append(nothing)
    rows = []
    for what, must, aim in (("cold", 2.0, 1.5), ("warm", 3.0, 2.0)):
        mine, theirs = ([getattr(each, what) for each in times] for times in (ours, empty))
        skeletons = [getattr(each, f"{what}_skeleton") for each in ours]
        label = f"{model}: address to everything drawn, {what}"
        rows += [
            median_row(
                f"{model}: address to the skeleton, {what}", skeletons, must=SKELETON_MS, aim=200
            ),
            ratio_row(f"{label}, median", median(mine), median(theirs), "ms", must=must, aim=aim),
            ratio_row(f"{label}, p95", p95(mine), p95(theirs), "ms", must=must, aim=aim),
        ]
    sent = median([each.kilobytes for each in ours])
    label = f"{model}: over the socket before the first paint"
    return [*rows, absolute_row(label, sent, "kB", must=MUST_KB, aim=AIM_KB[model])]


def outside_requests(browser: Browser, served: Served, model: str) -> list[Row]:
    """Requests to other hosts while a page is opened and used."""
    asked: list[str] = []
    with fresh(browser) as context:
        context.on("request", lambda request: asked.append(request.url))
        page = context.new_page()
        page.goto(served.page(model))
        page.evaluate("bench.until(() => bench.idle(true))")
        page.locator(".word").first.click()
        page.locator(".chip .index").first.click()
    outside = [url for url in asked if not url.startswith(_LOCAL)]
    return [absolute_row("requests to outside hosts", len(outside), "", must=0, aim=0)]
