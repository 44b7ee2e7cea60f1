"""The system's Chromium, and one that is kept for all browser tests that follow each other."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PATIENCE_MS = 120_000  # nothing waits so long, save on a machine that does much else
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
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

    def open(self) -> "Browser":
        if self._browser is None:
            from playwright.sync_api import expect

            expect.set_options(timeout=PATIENCE_MS)
            self._browser = self._opened.enter_context(opened_browser())
        return self._browser

    def close(self) -> None:
        self._browser = None
        self._opened.close()


KEPT = KeptBrowser()
