"""What moves under the mouse: frames that come late, and messages that should not be sent."""

import math

from playwright.sync_api import Browser, BrowserContext, Page

from tests.benchmarks.harness import Row, absolute_row
from tests.benchmarks.viewer.browsing import fresh, opened
from tests.benchmarks.viewer.serving import Served

LATE_MS = 20
_STEPS = 400
_PAUSE_MS = 8


def _sweep(page: Page) -> None:
    """Goes over the whole view in a long wave."""
    box = page.locator(".view").bounding_box()
    if box is None:
        raise RuntimeError("the view is not on the screen")
    for step in range(_STEPS):
        along = step / _STEPS
        x = box["x"] + box["width"] * (0.02 + 0.96 * along)
        y = box["y"] + box["height"] * (0.5 + 0.45 * math.sin(along * 12 * math.pi))
        page.mouse.move(x, y)
        page.wait_for_timeout(_PAUSE_MS)


def _brush(page: Page) -> None:
    """Drags over a few words of the sentence."""
    box = page.locator(".sheet").first.bounding_box()
    if box is None:
        return
    x = box["x"] + box["width"] / 2
    page.mouse.move(x, box["y"] + box["height"] * 0.2)
    page.mouse.down()
    page.mouse.move(x, box["y"] + box["height"] * 0.7, steps=12)
    page.mouse.up()


def _count_sent(context: BrowserContext) -> list[object]:
    """A list that every message to the server is added to."""
    sent: list[object] = []

    # A bound method of a list takes no attributes, which Playwright sets on what it calls.
    def note(frame: object) -> None:
        sent.append(frame)

    def listen(page: Page) -> None:
        page.on("websocket", lambda socket: socket.on("framesent", note))

    context.on("page", listen)
    return sent


def measure(browser: Browser, served: Served, model: str) -> list[Row]:
    """One sweep and one brush at each density of pixels."""
    rows = []
    for density in (1, 2):
        with fresh(browser, density) as context:
            sent = _count_sent(context)
            page = opened(context, served.page(model))
            page.wait_for_timeout(1000)
            before = len(sent)
            page.evaluate("bench.watchFrames()")
            _sweep(page)
            frames = page.evaluate("() => (cancelAnimationFrame(bench.watching), bench.frames)")
            _brush(page)
            page.wait_for_timeout(500)
            messages = len(sent) - before
        late = 100 * sum(frame > LATE_MS for frame in frames[2:]) / len(frames[2:])
        label = f"{model}, {density} pixels a CSS pixel"
        rows += [
            absolute_row(f"{label}: frames over {LATE_MS} ms in a sweep", late, "%", must=2, aim=0),
            absolute_row(f"{label}: messages on hover and brush", messages, "", must=0, aim=0),
        ]
    return rows
