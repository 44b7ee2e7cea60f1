"""How the page uses its window, in a real browser: columns, sizes of type, names of controls."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.viewer.conftest import SPEC, Open
from tests.viewer.reading import panes, view
from viewer.state.detail_pages import OF_MEMORIES, PAGES
from viewer.theme_colours import DARK, LIGHT

pytestmark = [pytest.mark.browser, pytest.mark.end_to_end]
AXE = Path(__file__).with_name("component") / "node_modules/axe-core/axe.min.js"
SECTIONS = [name.capitalize() for name in PAGES if name not in OF_MEMORIES]
SMALLEST = 11

# Pixels on the screen of every visible text, in all shadow roots and in the models of charts.
_SIZES = """() => {
  const found = []
  const visit = (root, scale) => {
    for (const node of root.querySelectorAll("*")) {
      const own = [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim())
      if (own && node.checkVisibility({visibilityProperty: true, opacityProperty: true})
          && !["STYLE", "SCRIPT", "TITLE", "title"].includes(node.tagName)) {
        const pixels = parseFloat(getComputedStyle(node).fontSize)
        found.push([pixels, node.textContent.trim().slice(0, 40)])
      }
      if (node.shadowRoot) visit(node.shadowRoot)
    }
  }
  visit(document)
  for (const model of Bokeh.documents[0]._all_models.values()) {
    for (const {attr} of [...model]) {
      if (!attr.endsWith("font_size")) continue
      const value = model[attr]?.value ?? model[attr]
      const size = typeof value === "string" && value.match(/^([\\d.]+)px$/)
      if (size) found.push([Number(size[1]), `${model.type}.${attr}`])
    }
  }
  return found
}"""


# Legends that are wider than their charts, by the chart's title.
_CUT_LEGENDS = """() => [...Bokeh.index.query(({model}) => model.type === "Legend")]
  .filter(({bbox, plot_view}) => bbox.right > plot_view.bbox.width)
  .map(({plot_view}) => plot_view.model.title.text)"""


def box(page: Page, css: str) -> dict[str, float]:
    found: dict[str, float] = page.locator(css).first.evaluate(
        "(node) => node.getBoundingClientRect().toJSON()"
    )
    return found


def too_small(page: Page) -> list[Any]:
    return [text for size, text in page.evaluate(_SIZES) if size < SMALLEST]


def faults_of_access(page: Page) -> list[Any]:
    """What axe-core finds serious or critical: rule and element."""
    assert AXE.is_file(), f"found no {AXE}; repair: tests/install_tools.sh eslint"
    page.evaluate(AXE.read_text("utf-8"))
    found: list[Any] = page.evaluate(
        """async () => (await axe.run({resultTypes: ["violations"], preload: false})).violations
          .filter(({impact}) => ["serious", "critical"].includes(impact))
          .flatMap(({id, nodes}) => nodes.map(({target, any}) =>
            [id, target.flat().join(" "), any[0]?.message]))"""
    )
    return found


def test_every_text_is_large_enough_and_every_control_has_a_name(
    open_page: Open, address: str
) -> None:
    page = open_page(f"{address}?model={SPEC.name}&unit=3~5&tags=1")
    view(page)
    # Two box plots leave room for their boxes.
    page.wait_for_function(
        """() => {
          const views = [...Bokeh.index.query(({model}) => /^Unit /.test(model.title?.text ?? ""))]
          return views.length === 2 && views.every(({frame, el}) =>
            frame.bbox.width > 0.85 * el.getBoundingClientRect().width)
        }"""
    )
    page.get_by_role("button", name="Look", exact=True).click()
    page.get_by_label("Words a cloud").wait_for()
    for section in SECTIONS:
        page.get_by_role("button", name=section, exact=True).click()
        expect(page.locator(".detail")).to_have_attribute("aria-busy", "false")
        assert too_small(page) == []
        assert page.evaluate(_CUT_LEGENDS) == []
    assert faults_of_access(page) == []
    page.get_by_role("button", name="Help", exact=True).click()
    page.get_by_role("dialog", name="Help").wait_for()
    assert too_small(page) == []
    assert faults_of_access(page) == []


def test_a_comparison_stacks_and_is_accessible_in_the_dark(
    open_page: Open, compared_address: str
) -> None:
    page = open_page(f"{compared_address}?model={SPEC.name}&dark=1&unit=3&right.layer=0")
    expect(panes(page)).to_have_count(2)
    assert faults_of_access(page) == []
    page.set_viewport_size({"width": 1000, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") == 1000
    page.wait_for_function(
        "([upper, lower]) =>"
        " lower.getBoundingClientRect().top >= upper.getBoundingClientRect().bottom",
        arg=panes(page).element_handles(),
    )


_CHART_TYPE = """() => {
  const charts = [...Bokeh.documents[0]._all_models.values()].filter(({type}) => type === "Figure")
  const size = charts[0].title.text_font_size
  return parseFloat(size.value ?? size)
}"""


def test_large_and_narrow_windows_are_used(open_page: Open, address: str) -> None:
    page = open_page(f"{address}?model={SPEC.name}")
    view(page)
    usual = {css: box(page, css)["height"] for css in (".index", ".cloud .word", ".marks")}
    word = page.evaluate(_CHART_TYPE)
    page.set_viewport_size({"width": 2560, "height": 1440})
    page.wait_for_function(f"({_CHART_TYPE})() > {1.4 * word}")
    for css, height in usual.items():
        assert box(page, css)["height"] > 1.4 * height
    assert page.evaluate("document.documentElement.scrollWidth") == 2560
    # Columns stack in a narrow one.
    for width in (900, 700):
        page.set_viewport_size({"width": width, "height": 800})
        page.wait_for_function(f"document.documentElement.scrollWidth === {width}")
        controls, main, detail = (box(page, f".{name}") for name in ("controls", "main", "detail"))
        assert detail["top"] >= main["bottom"]
        assert main["top"] >= controls["bottom"] or main["left"] >= controls["right"]
        assert main["width"] > 600


def test_columns_are_folded_resized_and_remembered(open_page: Open, address: str) -> None:
    page = open_page(f"{address}?model={SPEC.name}")
    view(page)
    fold = page.get_by_role("button", name="Show the charts")
    expect(fold).to_have_attribute("aria-expanded", "true")
    narrow = box(page, ".main")["width"]
    fold.click()
    expect(page.locator(".detail")).to_be_hidden()
    assert box(page, ".main")["width"] > narrow + 200
    fold.click()
    expect(page.locator(".detail")).to_be_visible()
    edge = page.get_by_role("separator", name="Width of the charts")
    edge.press("ArrowLeft")
    wider = box(page, ".detail")["width"]
    assert wider > 1450 - 212 - narrow
    page.get_by_role("separator", name="Width of the controls").hover(position={"x": 2, "y": 60})
    page.mouse.down()
    page.mouse.move(330, 60)
    page.mouse.up()
    page.reload()
    view(page)
    assert box(page, ".detail")["width"] == wider
    assert abs(box(page, ".controls")["right"] - 330) <= 6


def test_the_system_decides_between_light_and_dark(open_page: Open, address: str) -> None:
    page = open_page("about:blank")
    page.emulate_media(color_scheme="dark")
    paper = "getComputedStyle(document.documentElement).getPropertyValue('--paper')"
    for query, theme in (("", DARK), ("&dark=0", LIGHT)):
        page.goto(f"{address}?model={SPEC.name}{query}")
        view(page)
        assert page.evaluate(paper) == theme.colours["paper"]


def test_tabs_fit_into_two_rows_are_busy_at_once_and_never_show_another_page(
    open_page: Open, address: str
) -> None:
    page = open_page(f"{address}?model={SPEC.name}")
    view(page)
    buttons = page.locator(".detail .bk-btn-group button")
    expect(buttons).to_have_count(len(PAGES) - len(OF_MEMORIES))
    boxes = [button.bounding_box() for button in buttons.all()]
    assert len({box["y"] for box in boxes if box}) <= 2
    cut = buttons.evaluate_all("nodes => nodes.filter((n) => n.scrollWidth > n.clientWidth).length")
    assert cut == 0
    for section in ("Findings", "Training", "Responses"):
        tab = page.get_by_role("button", name=section, exact=True)
        state = tab.evaluate(
            """(tab) => {
              tab.click()
              const detail = document.querySelector(".detail")
              const cover = detail.querySelector(".skeleton-page")
              const tabs = tab.getRootNode().host
              const [{bottom}, {top}] = [tabs, cover].map((node) => node.getBoundingClientRect())
              return [detail.ariaBusy, top - bottom, getComputedStyle(cover).backgroundColor]
            }"""
        )
        assert state[0] == "true"
        assert abs(state[1]) < 12
        assert not state[2].startswith("rgba")
        expect(page.locator(".skeleton-page")).to_have_count(0)
        expect(page.locator(".detail")).to_have_attribute("aria-busy", "false")
    expect(page.locator(".chosen")).to_be_visible()


def test_back_and_forward(open_page: Open, address: str) -> None:
    page = open_page(f"{address}?model={SPEC.name}&word=her")
    view(page)
    selected = page.locator(".word.selected")
    expect(selected).to_have_text("her")
    words = ["her"]
    for _ in range(2):
        other = page.locator(".word:not(.selected)").first
        words.append(other.text_content() or "")
        other.click()
        expect(selected).to_have_text(words[-1])
        page.wait_for_function(
            "(word) => new URLSearchParams(location.search).get('word') === word", arg=words[-1]
        )
    for expected in (words[1], words[0]):
        page.go_back()
        expect(selected).to_have_text(expected)
    for expected in words[1:]:
        page.go_forward()
        expect(selected).to_have_text(expected)
