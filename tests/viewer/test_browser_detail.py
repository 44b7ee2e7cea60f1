"""The detail column in a real browser: pages, chips, clicks on charts, occurrences."""

import csv
from collections.abc import Callable

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.viewer.conftest import SPEC, Open
from tests.viewer.reading import expect_silence, sent_messages, view
from tests.warehouse.synthetic_states import changes_of
from viewer.state.explorer_state import ExplorerState
from viewer.views.charts.box_chart import row_heights
from warehouse.reader import Release

pytestmark = [pytest.mark.browser, pytest.mark.end_to_end]
Ask = Callable[[str], Page]


@pytest.fixture
def ask(open_page: Open, address: str) -> Ask:
    """Opens the page with more in its address, drawn."""

    def opened(query: str) -> Page:
        page = open_page(f"{address}?model={SPEC.name}&{query}")
        view(page)
        return page

    return opened


def figures(page: Page) -> Locator:
    return page.locator(".detail .bk-Figure:visible")


def chosen(page: Page) -> Locator:
    return page.locator(".detail .chosen:visible .name")


def address_holds(page: Page, part: str) -> None:
    page.wait_for_function("part => document.location.search.includes(part)", arg=part)


def click_at(figure: Locator, x: float, y: float) -> None:
    """Clicks within a figure's frame, at shares of its width and height."""
    box = figure.bounding_box()
    assert box
    figure.click(position={"x": box["width"] * x, "y": box["height"] * y})


def test_selected_words_and_units_are_chips_that_go_by_their_cross(ask: Ask) -> None:
    page = ask("word=he&also=she,for&unit=7&units=9")
    expect(chosen(page)).to_have_text(["he", "she", "for", "unit 7", "unit 9"])
    expect(figures(page)).to_have_count(3)
    page.get_by_label("Remove he").click()
    expect(chosen(page)).to_have_text(["she", "for", "unit 7", "unit 9"])
    address_holds(page, "word=she&also=for")
    page.get_by_label("Remove unit 7").press("Enter")
    expect(chosen(page)).to_have_text(["she", "for", "unit 9"])
    expect(figures(page)).to_have_count(2)


def test_pages_turn_and_keep_what_is_selected(ask: Ask) -> None:
    page = ask("word=he&also=she&unit=7")
    page.get_by_role("button", name="Units", exact=True).click()
    expect(figures(page)).to_have_count(4)
    shares = page.locator(".shares:visible")  # of the unit's directions, and of its gate
    expect(shares).to_have_count(2)
    for i in (0, 1):
        expect(shares.nth(i)).to_contain_text("unit 7")
    address_holds(page, "show=units")
    page.get_by_role("button", name="Training", exact=True).click()
    expect(figures(page)).to_have_count(4)
    expect(chosen(page)).to_have_count(0)
    page.get_by_role("button", name="Responses", exact=True).click()
    expect(chosen(page)).to_have_text(["he", "she", "unit 7"])
    expect(figures(page)).to_have_count(2)


def test_a_click_on_the_response_selects_the_unit_and_one_with_shift_adds_it(
    ask: Ask, state: ExplorerState, release: Release
) -> None:
    page = ask("word=her&unit=")
    expect(figures(page)).to_have_count(1)
    click_at(figures(page).first, 0.6, 0.5)
    expect(chosen(page)).to_have_count(2)
    unit = int((chosen(page).last.text_content() or "").removeprefix("unit "))
    order = np.argsort(release.words.response("her", layer=1, state="cell").mean)
    assert 0.4 < list(order).index(unit) / SPEC.num_units < 0.7
    expect(figures(page)).to_have_count(2)
    figures(page).first.click(position={"x": 150, "y": 100}, modifiers=["Shift"])
    expect(chosen(page)).to_have_count(3)
    expect(figures(page)).to_have_count(3)


def test_a_click_on_a_words_label_selects_it(ask: Ask, release: Release) -> None:
    page = ask("word=&unit=7&top=6")
    box_plot = figures(page).first
    box_plot.wait_for()
    top = release.units.top_words(7, layer=1, state="cell", limit=6, minimum_count=5)
    rows = top.sort_by([("mean", "descending")]).to_pylist()
    positive = sum(row["mean"] >= 0 for row in rows)
    heights = row_heights(positive, len(rows) - positive)
    top_margin, row_height = 27, 20
    box_plot.click(position={"x": 30, "y": top_margin - heights[2] * row_height})
    expect(chosen(page).first).to_have_text(rows[2]["word"])
    expect(page.locator(".word.selected")).to_have_text(rows[2]["word"])


def test_hovering_tells_the_unit_and_asks_nobody(open_page: Open, address: str) -> None:
    page = open_page("about:blank")
    sent = sent_messages(page)
    page.goto(f"{address}?model={SPEC.name}&word=he&also=she")
    view(page)
    expect_silence(page, sent)
    before = len(sent)
    figures(page).first.hover(position={"x": 150, "y": 100})
    tips = page.locator(".bk-Tooltip")
    expect(tips.first).to_contain_text("unit")
    expect(page.locator("body")).to_contain_text("25–75 %")
    assert len(sent) == before


def test_an_occurrence_is_one_click_from_its_sentence(ask: Ask) -> None:
    page = ask("word=her&unit=7&show=in context&sentence=[0]")
    lists = page.locator(".detail ol:visible")
    expect(lists).to_have_count(2)
    changes = changes_of(SPEC, 1, "cell")[:, 7]
    first = int(np.abs(changes).argmax())
    sentence, position = divmod(first, SPEC.sentence_length)
    shown = lists.nth(1).locator("li").first
    expect(shown.locator(".change")).to_have_text(f"{changes[first]:+.3f}".replace("-", "−"))
    expect(shown.locator(".word")).to_have_text(SPEC.words()[SPEC.word_ids()[first]])
    shown.locator(".show").click()
    address_holds(page, f"sentence=%5B{sentence}%5D&from=warm&step=0~{position}")
    lists.nth(1).locator("li").nth(1).locator(".add").press("Enter")
    address_holds(page, f"sentence=%5B{sentence}%2C")


def test_a_table_is_sorted_filtered_saved_and_selected_from(ask: Ask, release: Release) -> None:
    page = ask("show=tables&table=units&word=")
    rows = page.locator(".tabulator-row")
    rows.first.wait_for()
    page.get_by_role("button", name="Words", exact=True).click()
    expect(page.locator(".tabulator-col-title", has_text="tag")).to_be_visible()
    expect(page.locator(".detail")).to_have_attribute("aria-busy", "false")
    page.locator(".tabulator-col-title", has_text="count").click()
    page.locator(".tabulator-col[aria-sort=descending]").wait_for()
    page.get_by_label("Filter by tag").press_sequentially("pron")
    known = release.words.vocabulary().to_pylist()
    pronouns = [row for row in known if row["pos"] == "PRON" and row["recorded_count"]]
    pronouns.sort(key=lambda row: -row["recorded_count"])
    expect(page.locator(".table-bar .count")).to_have_text(
        f"{len(pronouns)} of {sum(row['recorded_count'] > 0 for row in known)}"
    )
    expect(rows.first.locator(".tabulator-cell").first).to_have_text(pronouns[0]["word"])
    address_holds(page, "rows=%7B%22sort%22")
    address_holds(page, "%22filter%22")  # is sent once typing has settled
    with page.expect_download() as saved:
        page.get_by_role("button", name="CSV").click()
    with saved.value.path().open(encoding="utf-8-sig", newline="") as file:
        found = list(csv.DictReader(file))
    assert [row["word"] for row in found] == [row["word"] for row in pronouns]
    assert int(found[0]["count"]) == pronouns[0]["recorded_count"]
    rows.nth(1).click()
    address_holds(page, f"word={pronouns[1]['word']}&")
    expect(page.locator(".tabulator-row.chosen-row")).to_have_count(1)
    page.reload()
    expect(page.locator(".table-bar .count")).to_contain_text(f"{len(pronouns)} of")
    expect(rows.first.locator(".tabulator-cell").first).to_have_text(pronouns[0]["word"])
    page.get_by_role("button", name="Wide").click()
    address_holds(page, "present=detail")
    titles = page.locator(".tabulator-col-title")
    page.wait_for_function("(all) => all.every((it) => it.scrollWidth <= it.clientWidth)",
                           arg=titles.element_handles())  # fmt: skip
    page.reload()
    rows.first.wait_for()
    expect(page.locator(".page")).to_have_attribute("aria-busy", "false")
    assert page.locator(".detail").evaluate("(node) => node.scrollHeight <= node.clientHeight")


def test_stretches_like_the_selected_one_are_found_and_shown_next_to_it(ask: Ask) -> None:
    page = ask("show=patterns&sentence=[4]&step=0~6&stretch=3&match=selected units&unit=7&units=9")
    words = np.array(SPEC.words())[SPEC.word_ids()].reshape(-1, SPEC.sentence_length)
    expect(page.locator(".stretch mark")).to_have_text(" ".join(words[4, 4:7]))
    lines = page.locator(".detail ol:visible li")
    expect(lines).to_have_count(12)
    lines.first.locator(".show").click()
    page.wait_for_function("() => /sentence=%5B4%2C\\d+%5D.*step=0~6/.test(location.search)")
    expect(page.locator(".stretch mark")).to_have_text(" ".join(words[4, 4:7]))
    expect(lines).to_have_count(12)


def test_a_point_of_the_saturation_plot_selects_its_unit(ask: Ask, release: Release) -> None:
    page = ask("show=units&unit=")
    expect(figures(page)).to_have_count(1)
    summary = release.units.summary(layer=1, state="cell")
    shut, open_ = (summary[name].to_numpy() for name in ("keep_below_0_1", "keep_above_0_9"))
    frame = figures(page).first.bounding_box()
    assert frame
    left, right, top, bottom = 54, 5, 27, 44
    x = left + (frame["width"] - left - right) * (shut[4] + 0.03) / 1.06
    y = top + (frame["height"] - top - bottom) * (1.03 - open_[4]) / 1.06
    figures(page).first.click(position={"x": float(x), "y": float(y)})
    expect(chosen(page)).to_have_count(1)
    unit = int((chosen(page).first.text_content() or "").removeprefix("unit "))
    assert np.hypot(shut[unit] - shut[4], open_[unit] - open_[4]) < 0.08


def test_how_many_words_a_unit_has_can_be_asked_for(ask: Ask) -> None:
    page = ask("word=&unit=7")
    height = "node => node.getBoundingClientRect().height"
    before = figures(page).first.evaluate(height)
    page.get_by_role("textbox", name="Words a unit").fill("3")
    page.keyboard.press("Enter")
    address_holds(page, "top=3")
    page.wait_for_function(
        "([node, before]) => node.getBoundingClientRect().height < before - 100",
        arg=[figures(page).first.element_handle(), before],
    )
