"""The look of the picture in a real browser: what the controls of the look change."""

import pytest
from playwright.sync_api import Page, expect

from tests.viewer.conftest import SPEC, Open
from tests.viewer.reading import assert_tidy, view

pytestmark = [pytest.mark.browser, pytest.mark.end_to_end]


def _open_look(page: Page) -> None:
    page.get_by_role("button", name="Look", exact=True).click()


@pytest.mark.parametrize("density", [1, 2])
def test_other_layouts_are_tidy_too(open_page: Open, address: str) -> None:
    page = open_page(f"{address}?model={SPEC.name}&layout=equal+widths&words=40&tags=1")
    for k in (10, 2, 20):
        page.locator(".noUi-handle").first.press({10: "Shift", 2: "Home", 20: "End"}[k])
        expect(page.locator(".cloud")).to_have_count(k)
        widths = page.locator(".chip > rect").evaluate_all(
            "(nodes) => nodes.map((node) => node.getBoundingClientRect().width)"
        )
        assert max(widths) - min(widths) < 0.01
        assert_tidy(page)


def test_words_a_cloud_links_and_colours_are_chosen(open_page: Open, address: str) -> None:
    page = open_page(f"{address}?model={SPEC.name}")
    view(page)
    links = page.locator(".link").count()
    _open_look(page)
    page.get_by_label("Words a cloud").select_option("5")
    expect(page.locator(".word")).to_have_count(50)
    page.get_by_label("Memory chips of").select_option("equal widths")
    for said in ("layout=equal+widths", "words=5"):
        page.wait_for_function(f"document.location.search.includes('{said}')")
    low = page.locator(".noUi-handle-lower").nth(1)  # after the number of clusters
    for _ in range(3):
        low.press("PageUp")
    page.wait_for_function("/links=0\\.[3-9]/.test(document.location.search)")
    expect(page.locator(".link")).not_to_have_count(links)  # drawn a frame after it is addressed
    assert page.locator(".link").count() < links
    ends = page.locator(".legend-tick").last.text_content()
    page.locator(".noUi-handle").last.press("ArrowRight")
    expect(page.locator(".legend-tick").last).not_to_have_text(ends or "")
    page.get_by_role("button", name="↺").click()
    expect(page.locator(".legend-tick").last).to_have_text(ends or "")


def test_tags_presentations_and_motion_are_as_asked_for(open_page: Open, address: str) -> None:
    page = open_page(f"{address}?model={SPEC.name}")
    view(page)
    expect(page.locator(".tag")).to_have_count(0)
    _open_look(page)
    page.get_by_label("Colour by part of speech").check()
    expect(page.locator(".tag", has_text="pronoun")).to_be_visible()
    low = page.locator(".cloud rect").last.bounding_box()
    legend = page.locator(".tag").first.bounding_box()
    assert low
    assert legend
    assert low["y"] + low["height"] <= legend["y"]
    # Chosen panes are presented.
    size = page.locator(".index").first.bounding_box()
    page.get_by_role("button", name="Present").click()
    expect(page.locator(".controls")).to_be_hidden()
    expect(page.locator(".detail")).to_be_hidden()
    expect(page.locator(".chip")).to_have_count(10)
    larger = page.locator(".index").first.bounding_box()
    assert size
    assert larger
    assert larger["height"] > 1.2 * size["height"]
    bar = page.get_by_role("toolbar", name="Presentation")
    bar.get_by_role("button", name="Detail").click()
    expect(page.locator(".detail")).to_be_visible()
    bar.get_by_role("button", name="Sentence").click()
    expect(page.locator(".sheet")).to_be_hidden()
    page.locator(".chip .index").first.hover()
    expect(page.locator(".tip.shown")).to_contain_text("cluster 1")
    page.keyboard.press("Escape")
    expect(page.locator(".controls")).to_be_visible()
    expect(page.locator(".sheet").first).to_be_visible()
    # Nothing glides where motion is not wanted.
    view(page).evaluate("(root) => root.classList.add('gliding')")
    duration = "(node) => getComputedStyle(node).transitionDuration"
    assert "0s" not in page.locator(".cloud").first.evaluate(duration).split(", ")
    page.emulate_media(reduced_motion="reduce")
    assert page.locator(".cloud").first.evaluate(duration) == "0s"


def test_suggestions_while_typing(open_page: Open, address: str) -> None:
    page = open_page(f"{address}?model={SPEC.name}&word=")
    view(page)
    page.keyboard.press("/")
    line = page.get_by_role("combobox", name="Find")
    expect(line).to_be_focused()
    line.press_sequentially("he")
    # What is offered for "h" may be shown still, and its first word may hold "he" too.
    offered = page.get_by_role("listbox", name="Words and units")
    expect(offered).to_have_attribute("aria-busy", "false")
    options = offered.get_by_role("option")
    expect(options.first).to_contain_text("he")
    assert options.count() <= 8
    line.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    chosen = (options.first.text_content() or "").split("pronoun")[0]
    line.press("Enter")
    expect(page.locator(".word.selected")).to_have_text(chosen)
    expect(options).to_have_count(0)
    line.fill("<script>alert(1)</script>")
    line.press("Enter")
    expect(page.get_by_text("is not in the vocabulary")).to_be_visible()
    line.fill("unit 5")
    options.first.click()
    page.wait_for_function("/unit=5(&|$)/.test(document.location.search)")


@pytest.mark.parametrize("theme", ["0", "1"])
def test_a_small_window_holds_everything(open_page: Open, address: str, theme: str) -> None:
    page = open_page("about:blank")
    page.set_viewport_size({"width": 1100, "height": 700})
    page.goto(f"{address}?model={SPEC.name}&k=20&dark={theme}")
    view(page)
    assert_tidy(page)
    heads = page.locator(".heads .head").evaluate_all(
        "(nodes) => nodes.map((node) => node.getBoundingClientRect().toJSON())"
    )
    assert heads[0]["right"] < heads[1]["left"]
    last_page = page.get_by_role("button", name="Findings", exact=True)
    assert last_page.evaluate("(node) => node.getBoundingClientRect().right <= innerWidth")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
