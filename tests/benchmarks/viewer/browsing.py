"""A real headless Chromium with a stopwatch in every page."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page

SIZE = {"width": 1450, "height": 830}
SETTLED_MS = 250
_STOPWATCH = Path(__file__).with_name("stopwatch.js").read_text("utf-8")


@contextmanager
def fresh(browser: Browser, density: int = 1) -> Iterator[BrowserContext]:
    """A context with an empty cache."""
    context = browser.new_context(viewport=SIZE, device_scale_factor=density)
    context.add_init_script(_STOPWATCH)
    context.set_default_timeout(30_000)
    yield context
    context.close()


def opened(context: BrowserContext, address: str) -> Page:
    """A page on which the main view is drawn and has come to rest."""
    page = context.new_page()
    page.goto(address)
    page.evaluate("bench.until(() => bench.idle(true))")
    page.wait_for_timeout(2 * SETTLED_MS)
    return page


def armed(page: Page, predicate: str) -> None:
    """Starts the stopwatch at the next click or key; it stops when ``predicate`` holds."""
    page.evaluate(f"() => bench.arm(() => {predicate})")


def stopped(page: Page) -> float:
    """Milliseconds on the stopwatch."""
    return float(page.evaluate("() => bench.result"))
