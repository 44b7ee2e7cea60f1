"""The system's Chromium, and one that is kept for all browser tests that follow each other.

So are its tabs: what a tab has compiled need not be compiled again, which takes half the time of a
page.
"""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize

PATIENCE_MS = 120_000  # nothing waits so long, save on a machine that does much else
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
SIZE: "ViewportSize" = {"width": 1450, "height": 830}
FLAGS = ["--no-sandbox", "--headless", "--disable-gpu", "--disable-background-networking"]


@contextmanager
def opened_browser() -> Iterator["Browser"]:
    """The system's Chromium; fails where there is none (see ``tests/install_tools.sh``)."""
    from playwright.sync_api import sync_playwright

    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        browser.close()


class KeptBrowser:
    """A browser that is opened once it is needed, and again after it has been closed."""

    def __init__(self) -> None:
        self._opened = ExitStack()
        self._browser: Browser | None = None
        self._contexts: dict[int, BrowserContext] = {}

    def open(self) -> "Browser":
        if self._browser is None:
            from playwright.sync_api import expect

            expect.set_options(timeout=PATIENCE_MS)
            self._browser = self._opened.enter_context(opened_browser())
        return self._browser

    def context(self, density: int) -> "BrowserContext":
        """The one whose screen has so many pixels a CSS pixel."""
        if density not in self._contexts:
            made = self.open().new_context(viewport=SIZE, device_scale_factor=density)
            self._contexts[density] = made
        return self._contexts[density]

    def close(self) -> None:
        self._browser = None
        self._contexts.clear()
        self._opened.close()


KEPT = KeptBrowser()


def forget_all(context: "BrowserContext") -> None:
    """Leaves one tab at most, empty, and nothing that a page or a test has set."""
    from playwright.sync_api import Error

    context.clear_cookies()
    for page in context.pages[1:]:
        page.close()
    for page in context.pages:
        try:
            _forget(page)
        except Error:  # of a page that is being left, or whose server is gone
            page.close()


def _forget(page: "Page") -> None:
    page.evaluate("[localStorage, sessionStorage].forEach((storage) => storage.clear())")
    page.goto("about:blank")
    page.set_viewport_size(SIZE)
    page.emulate_media(color_scheme="light", reduced_motion="no-preference")
    page.mouse.move(0, 0)
