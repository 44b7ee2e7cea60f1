"""Takes the pictures of ``tests.viewer.gallery``: ``make pictures``, or those of a few names.

Each is what an address shows in headless Chromium, in a palette of few colours, so that it stays
small in the repository.
"""

import io
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser

from tests.kept_browser import PATIENCE_MS, opened_browser
from tests.viewer.conftest import serving
from tests.viewer.gallery import ALL_PICTURES, FOLDER, PAGE, Picture, gallery_page
from warehouse.reader import published_models
from warehouse.storage import Storage

COLOURS = 160
SETTLED_MS = 2500
"""After the last piece is drawn, until nothing glides any more."""
WITHOUT_BAR = ".presentation { display: none !important } .page { padding: 0 !important }"
"""The bar with which a presentation is left is no part of a picture."""


def take_picture(browser: Browser, address: str, picture: Picture, path: Path) -> None:
    """Writes what ``picture`` shows as a PNG of few colours."""
    width, height = picture.size
    page = browser.new_page(viewport={"width": width, "height": height})
    page.set_default_timeout(PATIENCE_MS)
    page.add_init_script("localStorage.setItem('rnnvis-tour', 'true')")  # it offers the tour once
    page.goto(f"{address}?{picture.query}")
    charts_only = picture.shown.get("present") == "detail"
    drawn = page.locator(".detail canvas" if charts_only else ".view[data-drawn]")
    drawn.first.wait_for()
    page.add_style_tag(content=WITHOUT_BAR)
    page.wait_for_timeout(SETTLED_MS)
    shot = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    shot.quantize(COLOURS, Image.Quantize.MAXCOVERAGE, kmeans=1, dither=Image.Dither.NONE).save(
        path, optimize=True
    )
    page.close()


def missing_models(pictures: Mapping[str, Picture], storage: Storage) -> list[str]:
    """What must be published before the pictures can be taken."""
    published = published_models(storage)
    needed = {model for picture in pictures.values() for model in picture.models}
    return sorted(needed - set(published))


def main(names: Sequence[str]) -> None:
    """Takes the named pictures, or all, over the storage of this checkout; writes the page.

    Exits with a message where a name is unknown, or a model has no release.
    """
    if unknown := sorted(set(names) - set(ALL_PICTURES)):
        sys.exit(f"found {', '.join(unknown)}, expected some of {', '.join(ALL_PICTURES)}")
    chosen = {name: ALL_PICTURES[name] for name in names or ALL_PICTURES}
    storage = Storage.from_environment()
    if missing := missing_models(chosen, storage):
        sys.exit(f"not published: first run `rnnvis materialize {' '.join(missing)}`")
    PAGE.write_text(gallery_page(), "utf-8")
    with serving(storage.root) as address, opened_browser() as browser:
        for name, picture in chosen.items():
            path = FOLDER / f"{name}.png"
            take_picture(browser, address, picture, path)
            print(path)


if __name__ == "__main__":
    main(sys.argv[1:])
