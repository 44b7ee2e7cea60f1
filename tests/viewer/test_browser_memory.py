"""A network that remembers in matrices, in a real browser: what was written and lost, its heads,
and what a unit holds."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.viewer.conftest import MEMORY, Open, serving
from tests.viewer.reading import view
from viewer.data import release_store
from viewer.data.sentence_states import glyphs_of
from warehouse.reader import open_release
from warehouse.storage import Storage

pytestmark = [pytest.mark.browser, pytest.mark.end_to_end]
SENTENCE, POSITION, UNIT = 3, 4, 17


@pytest.fixture(scope="module")
def served(with_factors: Storage) -> Iterator[str]:
    with serving(with_factors.root) as address:
        yield f"{address}?model={MEMORY.name}&sentence=[{SENTENCE}]"


def test_hats_show_what_was_written_and_what_was_lost(
    served: str, with_factors: Storage, open_page: Open
) -> None:
    with open_release(MEMORY.name, storage=with_factors) as release:
        shown = release_store.facts_of(release).default
        glyphs = glyphs_of(release, SENTENCE, shown)
        size = release_store.co_clustering(release, shown).chips.sizes[0]
    assert glyphs.written is not None
    page = open_page(served)
    view(page)
    expect(page.locator(".sentence-key")).to_contain_text("what the word wrotelost")
    word = page.locator("g.sentence .token").nth(POSITION).bounding_box()
    sheet = page.locator(".sheet").bounding_box()
    rulers = page.locator(".marks .rulers").bounding_box()
    assert word is not None
    assert sheet is not None
    assert rulers is not None
    page.mouse.move(rulers["x"] + 2, word["y"] + word["height"] / 2)
    written = f"{glyphs.written[POSITION, 0] / size:+.3f}".replace("-", "−")
    expect(page.locator(".tip.shown")).to_contain_text(f"{written} written,")
    expect(page.locator(".tip.shown")).to_contain_text("of the state before left")


def test_a_head_is_chosen_and_its_unit_looked_into(served: str, open_page: Open) -> None:
    page = open_page(f"{served}&show=heads&step=0~{POSITION}&unit={UNIT}")
    view(page)
    expect(page.get_by_text("Its head 1: norm")).to_be_visible()
    page.locator(".tabulator-row", has_text="30–39").click()
    expect(page.get_by_text("Its head 3: norm")).to_be_visible()
    expect(page.locator(".chosen-row")).to_contain_text("30–39")
