"""Two panes in a real browser: mirrored, linked, in the address, and gone again."""

from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.viewer.conftest import LEFT, OTHER, SPEC, TWIN, Open, serving
from tests.viewer.made_up_release import publish_made_up
from tests.viewer.reading import (
    OWN_SCALES,
    expect_panes,
    expect_silence,
    left,
    right,
    sent_messages,
)
from warehouse.storage import Storage

pytestmark = [pytest.mark.browser, pytest.mark.end_to_end]


@pytest.fixture
def pair(open_page: Open, compared_address: str) -> Page:
    """The first model beside the one of other words."""
    page = open_page(f"{compared_address}?model={LEFT.name}&right.model={OTHER.name}&word=her")
    expect_panes(page, 2)
    return page


def boxes(locator: Locator) -> list[dict[str, float]]:
    found: list[dict[str, float]] = locator.evaluate_all(
        "(nodes) => nodes.map((node) => node.getBoundingClientRect().toJSON())"
    )
    return found


def test_compare_opens_a_mirrored_pane_and_ends_it(open_page: Open, compared_address: str) -> None:
    page = open_page(f"{compared_address}?model={LEFT.name}")
    expect_panes(page, 1)
    # Nothing is sent for a second pane before. Panel gives a text that is first shown one more
    # style sheet, which stays.
    models = (
        "Bokeh.documents[0].roots().flatMap((root) => [...root.references()])"
        ".filter((model) => model.type !== 'ImportedStyleSheet').length"
    )
    single = page.evaluate(models)
    page.get_by_role("button", name="Compare").click()
    expect_panes(page, 2)
    assert page.evaluate(models) > single + 10
    page.wait_for_function("document.location.search.includes('right.layer=0')")
    clouds, chips = (boxes(right(page).locator(f".{kind} > rect")) for kind in ("cloud", "chip"))
    inner = boxes(left(page).locator(".cloud > rect"))
    assert max(box["right"] for box in inner) < min(box["left"] for box in clouds)
    assert max(box["right"] for box in clouds) < min(box["left"] for box in chips)
    assert max(box["right"] for box in chips) <= 1450
    page.get_by_role("button", name="End the comparison").click()
    expect_panes(page, 1)
    page.wait_for_function("!document.location.search.includes('right.')")
    page.wait_for_function(f"{models} === {single}")


def test_clusters_are_matched_and_words_and_cells_of_either_pane_are_chosen(pair: Page) -> None:
    for pane in (left(pair), right(pair)):
        count = pane.locator(".cloud").count()
        expect(pane.locator(".match:not(.none)")).to_have_count(count)
        expect(pane.locator(".legend-note", has_text="words in common")).to_be_visible()
    assert left(pair).locator(".match.free").count() == 5  # ten clusters against five
    heights = (
        left(pair)
        .locator(".match .fill")
        .evaluate_all("(nodes) => nodes.map((node) => Number(node.getAttribute('height')))")
    )
    assert all(heights[:5])
    assert not any(heights[5:])
    # A pair has one number in both panes, a line says what differs, the pointer shows the pair.
    numbers = left(pair).locator(".pair-number").all_text_contents()
    assert numbers == ["1", "2", "3", "4", "5", *"–––––"]
    assert right(pair).locator(".pair-number").all_text_contents() == numbers[:5]
    line = pair.locator(".main .hint", has_text="Largest difference")
    expect(line).to_contain_text("no pair for left clouds 6 (")
    assert boxes(line)[0]["bottom"] <= min(box["top"] for box in boxes(pair.locator(".view")))
    left(pair).locator("[data-match='7'] .reach").hover()
    expect(right(pair).locator(".partner")).to_have_count(0)
    left(pair).locator("[data-match='3'] .reach").hover()
    expect(right(pair).locator(".partner")).to_have_count(2)
    expect(right(pair).locator(".cloud.partner")).to_have_attribute("data-cloud", "3")
    right(pair).locator("[data-match='1'] .reach").hover()
    expect(right(pair).locator(".partner")).to_have_count(0)
    expect(right(pair).locator(".tip.shown")).to_contain_text("Jaccard")
    # A word of one pane is selected in the other.
    for pane in (left(pair), right(pair)):
        expect(pane.locator(".word.selected")).to_have_text("her")
    word = right(pair).locator(".word").nth(5)
    text = word.text_content() or ""
    word.click()
    for pane in (left(pair), right(pair)):
        expect(pane.locator(".legend-title")).to_have_text(f"response to “{text}”")
        expect(pane.locator(".word.selected")).to_have_text(text)
    # Cells of the mirrored pane are hit where they stand.
    sent: list[str] = []
    chip = boxes(right(pair).locator(".chip > rect"))[-1]
    pair.mouse.move(chip["left"] + 12, chip["top"] + 12)
    expect(right(pair).locator(".tip.shown")).to_contain_text("unit ")
    tip = right(pair).locator(".tip.shown").text_content() or ""
    pair.on("request", lambda request: sent.append(request.url))
    pair.mouse.click(chip["left"] + 12, chip["top"] + 12)
    unit = tip.split(",")[0].removeprefix("unit ")
    pair.wait_for_function(f"document.location.search.includes('right.unit={unit}&')")


def test_scales_words_that_one_pane_lacks_and_charts_of_both(pair: Page) -> None:
    def ends() -> list[str]:
        return [pane.locator(".legend-tick").last.text_content() or "" for pane in both]

    both = (left(pair), right(pair))
    for pane in both:
        expect(pane.locator(".legend-tick")).to_have_count(2)
    own = [float(text) for text in ends()]  # a cell state next to a hidden one
    assert own[1] == pytest.approx(2 * own[0], abs=0.02)
    pair.get_by_label(OWN_SCALES).uncheck()
    pair.wait_for_function("document.location.search.includes('own=0')")
    expect(left(pair).locator(".legend-tick").last).to_have_text(ends()[1])
    assert float(ends()[0]) == max(own)
    # A word that one pane lacks is said there.
    pair.get_by_role("combobox", name="Find").fill("she")
    pair.keyboard.press("Enter")
    expect(left(pair).locator(".legend-title")).to_have_text("response to “she”")
    expect(right(pair).locator(".legend-title")).to_have_text("“she” does not occur here")
    said = f"“she” does not occur in the text of {OTHER.name}"
    expect(pair.locator(".controls .warning")).to_have_text(said)
    expect(right(pair).locator(".word.selected")).to_have_count(0)
    # The charts of both panes unfold.
    charts = pair.locator(".charts .bk-Figure")
    expect(charts.first).to_be_hidden()
    pair.get_by_text("Charts of both panes").click()
    expect(charts.first).to_be_visible()
    for side in ("Left", "Right"):
        expect(pair.locator(".charts h2", has_text=side)).to_be_visible()
    pair.get_by_role("button", name="Tables", exact=True).first.click()
    expect(pair.locator(".tabulator-table")).to_have_count(2)
    expect(pair.locator(".tabulator-row").first).to_be_visible()
    assert pair.locator(".charts").evaluate("(node) => node.scrollHeight <= node.clientHeight")


def test_hovering_in_either_pane_sends_nothing(open_page: Open, compared_address: str) -> None:
    page = open_page("about:blank")
    sent = sent_messages(page)
    page.goto(f"{compared_address}?model={LEFT.name}&right.model={TWIN.name}")
    expect_panes(page, 2)
    expect_silence(page, sent)
    before = len(sent)
    for pane in (left(page), right(page)):
        pane.locator(".word").nth(3).hover()
        pane.locator(".chip").last.hover()
        expect(pane.locator(".tip.shown")).to_contain_text("cluster")
    assert len(sent) == before


def test_a_newer_release_is_offered_to_its_pane(open_page: Open, tmp_path: Path) -> None:
    own = Storage(tmp_path)
    for spec in (LEFT, TWIN):
        publish_made_up(own, spec)
    with serving(own.root) as served:
        page = open_page(f"{served}?model={LEFT.name}&right.model={TWIN.name}")
        expect_panes(page, 2)
        newer = publish_made_up(own, TWIN).release_id
        offer = page.get_by_text(f"of {TWIN.name} was published, for the right pane: {newer}")
        expect(offer).to_be_visible()
        page.get_by_role("button", name="Open it").locator("visible=true").click()
        page.wait_for_function(f"document.location.search.includes('right.release={newer}')")
        expect(offer).to_be_hidden()
        page.close()


def test_different_states_have_own_scales_and_say_so(
    open_page: Open, compared_address: str
) -> None:
    page = open_page(
        f"{compared_address}?model={LEFT.name}&layer=0&state=hidden"
        f"&right.model={LEFT.name}&right.layer=0&right.state=cell"
    )
    expect_panes(page, 2)
    expect(page.get_by_text("different quantities")).to_be_visible()
    expect(page.get_by_label(OWN_SCALES)).to_be_checked()
    page.get_by_label(OWN_SCALES).uncheck()
    expect(page.get_by_text("One scale for two different quantities")).to_be_visible()
    expect(left(page).locator(".legend-tick").last).to_have_text(
        right(page).locator(".legend-tick").last.text_content() or ""
    )


def test_steps_of_two_sentences_are_aligned_and_subtracted(open_page: Open, address: str) -> None:
    page = open_page(f"{address}?model={SPEC.name}&layer=1&state=cell&sentence=[3,4]&step=0~4")
    sheets = page.locator(".sheet")
    expect(sheets).to_have_count(2)
    expect(page.locator(".frame.shown")).to_have_count(1)
    box = sheets.nth(1).bounding_box()
    assert box
    page.mouse.move(box["x"] + 40, box["y"] + 60)
    page.keyboard.down("Shift")
    page.mouse.click(box["x"] + 40, box["y"] + 60)
    page.keyboard.up("Shift")
    expect(page.locator(".frame.shown")).to_have_count(2)
    expect(page.locator(".effect-name")).to_have_count(3)
    expect(page.locator(".effect-name.differs")).to_have_text("second less first")
    page.wait_for_function("document.location.search.includes('steps=1')")
    tops = [frame["top"] for frame in boxes(page.locator(".frame.shown"))]
    assert tops[0] == pytest.approx(tops[1], abs=0.5)
    for kind in ("[stroke-dasharray]", ":not([stroke-dasharray])"):
        assert page.locator(f".word-link{kind}").count() > 0
    page.locator("[data-effect='2']").hover()
    expect(page.locator(".tip.shown")).to_contain_text("second less first")
    page.reload()
    expect(page.locator(".effect-name")).to_have_count(3)


def test_small_multiples_of_models_select_one_word(open_page: Open, compared_address: str) -> None:
    views = [f"{name}~0~hidden" for name in (LEFT.name, TWIN.name, OTHER.name)]
    page = open_page(f"{compared_address}?model={LEFT.name}&several={'~~'.join(views)}")
    cells = page.locator(".small .view[data-drawn]")
    expect(cells).to_have_count(3)
    expect(page.locator(".page")).to_have_attribute("aria-busy", "false")
    word = cells.first.locator(".word").first
    text = word.text_content() or ""
    word.click()
    expect(cells.nth(1).locator(".legend-title")).to_contain_text(f"“{text}”")
    page.wait_for_function(f"document.location.search.includes('word={text}')")
    page.get_by_role("button", name="Open").nth(1).click()
    page.wait_for_function(f"document.location.search.includes('model={TWIN.name}')")
    expect(page.locator(".view[data-drawn]")).to_have_count(1)


def test_charts_that_are_presented_have_the_page(open_page: Open, compared_address: str) -> None:
    shown = f"model={LEFT.name}&right.model={OTHER.name}&word=her&present=detail"
    page = open_page(f"{compared_address}?{shown}")
    expect(page.locator(".charts canvas").first).to_be_visible()
    expect(page.locator(".fold")).to_be_hidden()
    box = page.locator(".detail").bounding_box()
    assert box is not None
    assert box["height"] > 700
