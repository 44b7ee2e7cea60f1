"""A model of which there is only a recording, in a real browser."""

import json
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from tests.viewer.analysed import FOREIGN
from tests.viewer.conftest import SERVE, Open, serving, serving_by
from warehouse.storage import Storage

pytestmark = [pytest.mark.browser, pytest.mark.end_to_end]


@pytest.fixture(scope="module")
def served(foreign: Storage) -> Iterator[str]:
    with serving(foreign.root) as address:
        yield address


def test_it_opens_with_its_layers_words_and_a_sentence(served: str, open_page: Open) -> None:
    page = open_page(f"{served}?model={FOREIGN}")
    expect(page.locator("svg text.word", has_text="dog").first).to_be_visible()
    expect(page.locator(".sentence-head")).to_have_count(1)
    expect(page.get_by_text("upper").first).to_be_attached()


def test_words_take_the_colours_of_an_annotation(served: str, open_page: Open) -> None:
    page = open_page(f"{served}?model={FOREIGN}&annotation=tag")
    expect(page.locator("text.tag", has_text="VERB")).to_be_visible()
    ends = page.locator("g.sentence .token", has_text="<eos>").last
    tag = page.locator("text.tag", has_text="END")
    colour = "node => getComputedStyle(node).fill"
    assert ends.evaluate(colour) == tag.evaluate(colour)
    page.get_by_role("button", name="Look", exact=True).click()
    page.get_by_label("Colour by annotation").select_option("depth")
    expect(page.locator("text.tag", has_text=" to ").first).to_be_visible()
    expect(page.locator("text.tag", has_text="VERB")).to_have_count(0)


def test_a_typed_sentence_says_why_it_cannot_be_read(served: str, open_page: Open) -> None:
    sentences = quote(json.dumps(["the cat sees"]))
    page = open_page(f"{served}?model={FOREIGN}&sentence={sentences}")
    expect(page.get_by_text("is a recording without a network").first).to_be_visible()


BUSY = """
import panel.io.document as panel_document

class AlwaysBusy(type(panel_document._WRITE_BLOCK)):
    def __contains__(self, document):
        return True

    def __delitem__(self, document):
        self.pop(document, None)

panel_document._WRITE_BLOCK = AlwaysBusy()
"""


@pytest.fixture(scope="module")
def served_busily(foreign: Storage) -> Iterator[str]:
    """A server that Panel finds to be in the middle of another message whenever it asks, as it
    does now and then on a slow machine: it then sends its own changes after those of Bokeh."""
    with serving_by(BUSY + SERVE, foreign.root) as address:
        yield address


@pytest.mark.parametrize("server", ["served", "served_busily"])
def test_every_page_of_details_and_every_layer(
    server: str, request: pytest.FixtureRequest, open_page: Open
) -> None:
    served = request.getfixturevalue(server)
    page = open_page(f"{served}?model={FOREIGN}&layer=0&word=cat&unit=1")
    for name in ("Units", "In context"):
        page.get_by_role("button", name=name, exact=True).click()
        expect(page.get_by_text("unit 1").first).to_be_attached()
    page.get_by_role("button", name="Training", exact=True).click()
    expect(page.get_by_text("This model has no training log.")).to_be_visible()
    expect(page.get_by_text("not known").first).to_be_visible()
