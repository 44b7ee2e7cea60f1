"""The gallery's page is current, and its pictures are there, small, and of what is configured."""

import pytest

from rnnvis_assets.configuration.load_project import load_project
from tests.docs.markdown_pages import read
from tests.viewer.gallery import ALL_PICTURES, FOLDER, LARGEST, gallery_page
from viewer.state.url_parameters import URL_PARAMETERS
from warehouse.storage import CHECKOUT


def test_the_page_is_current() -> None:
    assert read("docs/gallery.md") == gallery_page(), "run: make pictures"


def test_every_picture_is_there_and_no_other() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == set(ALL_PICTURES)


@pytest.mark.parametrize("name", ALL_PICTURES)
def test_a_picture_is_small_and_of_a_configured_model(name: str) -> None:
    picture = ALL_PICTURES[name]
    assert (FOLDER / f"{name}.png").stat().st_size <= LARGEST
    assert set(picture.models) <= set(load_project(CHECKOUT / "configs").models)
    keys = {parameter.key for parameter in URL_PARAMETERS}
    assert {key.removeprefix("right.") for key in picture.shown} <= keys
