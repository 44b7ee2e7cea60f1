"""The README's pictures of the viewer: ``make pictures``, with ptb-lstm-small and yelp-gru made.

Each is what an address shows in headless Chromium, in a palette of few colours, so that it stays
small in the repository.
"""

import io
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import urlencode

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tests.viewer.conftest import BROWSERS, FLAGS, serving
from warehouse.storage import CHECKOUT, Storage

FOLDER = CHECKOUT / "viewer" / "pictures"
WIDTH, HEIGHT, COLOURS = 1450, 830, 160
SETTLED_MS = 1500
"""After the last piece is drawn, until nothing glides any more."""

PENN, YELP = {"model": "ptb-lstm-small"}, {"model": "yelp-gru"}
PICTURES: Mapping[str, Mapping[str, str]] = {
    "main_view": {**PENN, "state": "hidden", "word": "she", "also": "he,for", "units": "17"},
    "grammar_view": {**PENN, "state": "hidden", "word": "would", "tags": "1", "k": "12"},
    "compare_view": {**PENN, "state": "hidden", "word": "his", "right.layer": "0"},
    "tour_view": {**PENN, "state": "hidden", "word": "she"},
    "dark_view": {**YELP, "k": "2", "word": "excellent", "also": "worst", "dark": "1"},
}


def _begin_tour(page: Page) -> None:
    page.keyboard.press("?")
    page.get_by_role("button", name="Take the tour").click()
    for _ in range(4):
        page.get_by_role("button", name="Next").click()


FIRST: Mapping[str, Callable[[Page], None]] = {"tour_view": _begin_tour}
"""What is done before a picture is taken."""


def take_picture(
    browser: Browser, address: str, path: Path, act: Callable[[Page], None] | None = None
) -> None:
    """Writes what ``address`` shows, once ``act`` is done, as a PNG of few colours."""
    page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
    page.goto(address)
    page.locator(".view[data-drawn]").first.wait_for()
    if act:
        act(page)
    page.wait_for_timeout(SETTLED_MS)
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    picture.quantize(COLOURS, Image.Quantize.MAXCOVERAGE, kmeans=1, dither=Image.Dither.NONE).save(
        path, optimize=True
    )
    page.close()


def main() -> None:
    """Takes all pictures of the viewer over the storage of this checkout."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    root = Storage.from_environment().root
    with serving(root) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        for name, shown in PICTURES.items():
            path = FOLDER / f"{name}.png"
            take_picture(browser, f"{address}?{urlencode(shown)}", path, FIRST.get(name))
            print(f"{FOLDER / name}.png")
        browser.close()


if __name__ == "__main__":
    main()
