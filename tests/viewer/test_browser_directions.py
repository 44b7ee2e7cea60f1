"""Chips of directions in a real browser: triangles, twins, bullets; and silencing a chip."""

from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.viewer.analysed import GRU, LSTM
from tests.viewer.conftest import SPEC, Open, serving
from tests.viewer.made_up_release import MadeUp, publish_made_up
from tests.viewer.reading import cell_values, expect_silence, sent_messages, view
from tests.viewer.sentence_reading import heads, showing
from viewer.data import release_store
from viewer.data.release_store import Analysis
from viewer.data.silenced_predictions import silenced_classes
from warehouse.reader import Release, open_release
from warehouse.storage import Storage

pytestmark = [pytest.mark.browser, pytest.mark.end_to_end]

DIRECTED = MadeUp(
    name="directed-gru", cell="gru", num_layers=1, num_units=30, affinities=("signed",),
    cluster_counts=(3, 6),
)  # fmt: skip
OWN = Analysis(0, "hidden", "signed", 6)


@pytest.fixture(scope="module")
def directed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Release]:
    made = Storage(tmp_path_factory.mktemp("directed"))
    publish_made_up(made, DIRECTED)
    with open_release(DIRECTED.name, storage=made) as opened:
        yield opened


@pytest.fixture(scope="module")
def directed_address(directed: Release) -> Iterator[str]:
    with serving(directed.storage.root) as served:
        yield f"{served}?model={DIRECTED.name}"


def cells_by_chip(release: Release) -> list[list[tuple[int, int]]]:
    """(unit, direction) of every cell, by chip, in the order in which the chips are filled."""
    chips = release_store.co_clustering(release, OWN).chips
    responses = release_store.responses_of(release, OWN).mean
    order = np.argsort(-chips.orient(responses.mean(axis=0)), kind="stable")
    return [
        [(int(chips.units[i]), int(chips.directions[i])) for i in order if chips.clusters[i] == c]
        for c in range(OWN.num_clusters)
    ]


def _point_at_first_cell(page: Page, chip: int) -> None:
    box = page.locator(f'.chip[data-chip="{chip}"] > rect').bounding_box()
    assert box
    page.mouse.move(box["x"] + 12, box["y"] + 12)


def test_directions_are_coloured_walked_and_selected_with_their_unit(
    open_page: Open, directed: Release, directed_address: str
) -> None:
    page = open_page("about:blank")
    sent = sent_messages(page)
    page.goto(f"{directed_address}&word=she")
    view(page)
    # A cell is orange where the word drives its direction.
    expect(page.get_by_text("30 units, 60 directions in 6 chips")).to_be_visible()
    expect(page.locator(".legend-title")).to_contain_text("▲")
    expect(page.locator(".legend-title")).to_contain_text("“she”")
    cells = cells_by_chip(directed)
    responses = release_store.responses_of(directed, OWN)
    exact = directed.words.response("she", layer=0, state="hidden").mean
    places = np.arange(60)
    by_chip = np.split(places, np.cumsum([len(chip) for chip in cells])[:-1])
    shown = cell_values(page, list(by_chip), responses.clip)
    oriented = np.array([exact[unit] * direction for chip in cells for unit, direction in chip])
    clipped = np.clip(oriented, -responses.clip, responses.clip)
    assert np.abs(shown - clipped).max() <= responses.clip / 127
    # The keyboard walks through them.
    page.locator('.chip[data-chip="5"]').focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".live")).to_contain_text("unit")
    first = page.locator(".live").text_content() or ""
    assert "rising" in first or "falling" in first
    page.keyboard.press("ArrowRight")
    expect(page.locator(".live")).not_to_have_text(first)
    # Both directions of a unit are one selection.
    expect_silence(page, sent)
    before = len(sent)
    unit, direction = cells_by_chip(directed)[4][0]
    _point_at_first_cell(page, 4)
    tip = page.locator(".tip.shown")
    expect(tip).to_contain_text(f"unit {unit} {'▲ rising' if direction > 0 else '▼ falling'}")
    expect(tip).to_contain_text("falls in cluster" if direction > 0 else "rises in cluster")
    assert len(sent) == before
    box = page.locator('.chip[data-chip="4"] > rect').bounding_box()
    assert box
    page.mouse.click(box["x"] + 12, box["y"] + 12)
    page.wait_for_function(f"document.location.search.includes('unit={unit}')")
    expect(page.get_by_text(f"unit {unit}", exact=True)).to_be_visible()
    expect(page.locator(".chosen .count", has_text="▲")).to_contain_text("▼")


def test_a_bullet_says_what_silencing_its_chip_costs(open_page: Open, address: str) -> None:
    page = open_page(f"{address}?model={SPEC.name}")
    view(page)
    expect(page.locator(".chip .bullet:not(.none)")).to_have_count(10)
    page.locator(".bullet .reach").nth(3).hover()
    expect(page.locator(".tip.shown")).to_contain_text("chip 4 silenced costs 0.500 nats")
    expect(page.locator(".legend")).to_contain_text("random")
    ticks = page.locator(".chip .bullet .tick").evaluate_all(
        "(all) => all.map((n) => +n.getAttribute('x'))"
    )
    edges = page.locator(".chip > rect").evaluate_all(
        "(all) => all.map((n) => +n.getAttribute('x') + +n.getAttribute('width'))"
    )
    offsets = np.subtract(ticks, edges)
    assert (np.diff(offsets) > 0).all()  # the costs rise from chip to chip
    other = open_page(f"{address}?model={SPEC.name}&k=5")
    view(other)
    expect(other.locator(".chip .bullet:not(.none)")).to_have_count(0)
    other.get_by_role("button", name="Help").click()
    expect(other.locator(".help")).to_contain_text("for 10 clusters of positive affinity")


def test_a_silenced_chip_changes_what_is_predicted(
    open_page: Open, tiny: str, analysed: Storage
) -> None:
    with open_release(GRU, storage=analysed) as gru:
        analysis = release_store.facts_of(gru).default
        classes, found = silenced_classes(gru, 3, analysis, 1)
    page = open_page(f"{tiny}?model={GRU}&sentence=[3]")
    view(page)
    page.locator('.chip[data-chip="1"] .index').click()
    said_at_once = page.locator('.chip[data-chip="1"] .silence').evaluate(
        "(node) => {node.dispatchEvent(new MouseEvent('click', {bubbles: true}));"
        " return node.textContent}"
    )
    assert said_at_once == "silencing …"
    page.wait_for_function("document.location.search.includes('silence=2')")
    expect(page.locator(".chip.silenced")).to_have_count(1)
    after, before = (classes[int(found[i, -1].argmax())] for i in (1, 0))
    expect(heads(page)).to_contain_text(f"chip 2 silenced: read as {after}")
    expect(heads(page)).to_contain_text(f"with it as {before}")
    expect(page.locator(".prediction").first).to_contain_text("→")
    again = open_page(page.url)
    expect(again.locator(".chip.silenced")).to_have_count(1)
    again.get_by_role("button", name="undo").click()
    expect(again.locator(".chip.silenced")).to_have_count(0)
    expect(again.locator(".prediction").first).not_to_contain_text("→")
    page.locator('.chip[data-chip="1"] .silence').click()
    page.wait_for_function("!document.location.search.includes('silence=2')")


def test_the_key_silences_the_chip_with_the_focus(open_page: Open, tiny: str) -> None:
    page = open_page(showing(tiny, ["the cat sees a dog"], model=LSTM))
    view(page)
    page.locator('.chip[data-chip="0"]').focus()
    page.keyboard.press("s")
    expect(heads(page)).to_contain_text("chip 1 silenced: loss")
    page.locator(".sheet").hover(position={"x": 60, "y": 60})
    expect(page.locator(".tip.shown")).to_contain_text("without the chip")
    page.locator('.chip[data-chip="0"]').focus()
    page.keyboard.press("s")
    expect(page.locator(".chip.silenced")).to_have_count(0)


def test_an_address_with_a_chip_that_is_not_there_is_said(open_page: Open, address: str) -> None:
    page = open_page(f"{address}?model={SPEC.name}&silence=11")
    view(page)
    expect(page.get_by_text("silence in this address: found “11”")).to_be_visible()
