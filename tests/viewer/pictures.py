"""The pictures of the viewer in README and docs: ``make pictures``, over the models of the demo.

Each is what an address shows in headless Chromium, in a palette of few colours, so that it stays
small in the repository.
"""

import io
import shutil
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlencode

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from tests.viewer.conftest import BROWSERS, FLAGS, serving
from warehouse.storage import CHECKOUT, Storage

FOLDER = CHECKOUT / "viewer" / "pictures"
WIDTH, HEIGHT, COLOURS = 1450, 830, 160
SETTLED_MS = 1500
"""After the last piece is drawn, until nothing glides any more."""

PROSE, REVIEWS = {"model": "docstrings-lstm", "state": "hidden"}, {"model": "toy-reviews-gru"}
PICTURES: Mapping[str, Mapping[str, str]] = {
    "main_view": {**PROSE, "word": "may", "also": "must,for", "units": "17", "tags": "1"},
    "compare_view": {**PROSE, "word": "may", "right.layer": "0"},
    "dark_view": {**REVIEWS, "word": "delicious", "also": "greasy", "dark": "1"},
    "silenced_view": {
        **REVIEWS,
        "silence": "1",
        "sentence": '["the dessert was delicious and the staff was friendly ."]',
    },
}


def take_picture(browser: Browser, address: str, path: Path) -> None:
    """Writes what ``address`` shows as a PNG of few colours."""
    page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
    page.add_init_script("localStorage.setItem('rnnvis-tour', 'true')")  # it offers the tour once
    page.goto(address)
    page.locator(".view[data-drawn]").first.wait_for()
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
            take_picture(browser, f"{address}?{urlencode(shown)}", path)
            print(f"{FOLDER / name}.png")
        browser.close()


if __name__ == "__main__":
    main()
