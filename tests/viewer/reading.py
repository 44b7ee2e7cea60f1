"""Reading back from the page what is really on the screen."""

from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
from playwright.sync_api import Locator, Page, expect

from viewer.data import release_store
from viewer.state.explorer_state import ExplorerState
from viewer.theme_colours import LIGHT

OWN_SCALES = "Own scales for each pane"
MODULES = "static/extensions/rnnvis"

# Colours of all cells, cluster by cluster, read from the canvas at the places that the geometry
# gives for chips of these sizes.
_CELLS = """async ([address, sizes]) => {
  const chips = await import(`${address}chips/chip_packing.js`)
  const layout = await import(`${address}scene/layout.js`)
  const find = (root) => root.querySelector(".view") ??
    [...root.querySelectorAll("*")].filter((node) => node.shadowRoot)
      .map((node) => find(node.shadowRoot)).find(Boolean)
  const view = find(document)
  const frame = layout.frameOf(view.clientWidth, view.clientHeight)
  const packing = chips.packChips(sizes, frame.chips)
  const canvas = view.querySelector("canvas")
  const density = canvas.width / canvas.offsetWidth
  const context = canvas.getContext("2d")
  return packing.chips.map((chip) => Array.from({length: chip.size}, (_, i) => {
    const {x, y, side} = chips.cellRect(packing, chip, i)
    const middle = [x + side / 2 - canvas.offsetLeft, y + side / 2 - canvas.offsetTop]
    const at = middle.map((c) => Math.round(c * density))
    return [...context.getImageData(...at, 1, 1).data].slice(0, 3)
  }))
}"""

_RAMP = """async ([address, anchors]) => {
  const colours = await import(`${address}scene/colours.js`)
  return colours.makeRamp(anchors).map((css) => css.match(/\\d+/g).map(Number))
}"""

# Boxes of the ink of every word, by cloud, and the clouds' own boxes, in screen pixels.
_WORDS = """(clouds) => clouds.map((cloud) => {
  const context = document.createElement("canvas").getContext("2d")
  const box = cloud.querySelector("rect").getBoundingClientRect()
  const words = [...cloud.querySelectorAll(".word")].map((node) => {
    const style = getComputedStyle(node)
    context.font = `${style.fontWeight} ${style.fontSize} Inter`
    const ink = context.measureText(node.textContent)
    const at = new DOMPoint(0, 0).matrixTransform(node.getScreenCTM())
    return [at.x - ink.actualBoundingBoxLeft, at.y - ink.actualBoundingBoxAscent,
      at.x + ink.actualBoundingBoxRight, at.y + ink.actualBoundingBoxDescent]
  })
  return {words, box: [box.left, box.top, box.right, box.bottom]}
})"""


def view(page: Page) -> Locator:
    """The main view, once it is drawn."""
    drawn = page.locator(".view[data-drawn]")
    drawn.wait_for()
    return drawn


def panes(page: Page) -> Locator:
    """The main views of a page, once they are drawn."""
    return page.locator(".view[data-drawn]")


def sent_messages(page: Page) -> list[Any]:
    """Everything that the page sends to its server from now on; the list grows while it does."""
    sent: list[Any] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))
    return sent


def expect_silence(page: Page, sent: list[Any]) -> None:
    """Waits until the page has sent nothing for a second: a busy machine settles slowly."""
    before = -1
    while before != len(sent):
        before = len(sent)
        page.wait_for_timeout(1000)


def finish_animations(page: Page) -> None:
    """Waits until everything that moves in the main view has arrived."""
    page.locator(".view").evaluate(
        "async (node) => void await Promise.allSettled("
        "node.getRootNode().getAnimations().map((animation) => animation.finished))"
    )


def left(page: Page) -> Locator:
    return panes(page).first


def right(page: Page) -> Locator:
    return panes(page).nth(1)


def expect_panes(page: Page, count: int) -> None:
    """Waits for so many panes."""
    expect(panes(page)).to_have_count(count)


def module_address(page: Page) -> str:
    """Where a page has the component's modules: its server's folder, or an export's import map."""
    if page.url.startswith("file:"):
        return "rnnvis/"
    return f"{page.url.split('?')[0]}{MODULES}/"


def cell_values(page: Page, units: list[npt.NDArray[np.int32]], clip: float) -> npt.NDArray[Any]:
    """float[units]: responses as their colours on the screen tell, for ``units`` by cluster."""
    address = module_address(page)
    ramp = np.array(page.evaluate(_RAMP, [address, list(LIGHT.ramp)]))
    colours = page.evaluate(_CELLS, [address, [len(cluster) for cluster in units]])
    values = np.empty(sum(map(len, units)))
    for cluster, shown in zip(units, colours, strict=True):
        for unit, colour in zip(cluster, shown, strict=True):
            step = np.abs(ramp - colour).sum(axis=1).argmin()
            values[unit] = (2 * step / (len(ramp) - 1) - 1) * clip
    return values


def units_by_cluster(state: ExplorerState) -> list[npt.NDArray[Any]]:
    """The units of every chip, in the order of its cells."""
    responses = release_store.responses_of(state.release, state.analysis).mean
    order = np.argsort(-responses.mean(axis=0), kind="stable")
    clusters = release_store.co_clustering(state.release, state.analysis).chips.clusters
    return [order[clusters[order] == cluster] for cluster in range(state.num_clusters)]


def word_boxes(page: Page) -> list[dict[str, Any]]:
    """For every cloud: ``box`` and ``words``, each [left, top, right, bottom]."""
    found: list[dict[str, Any]] = page.locator(".cloud").evaluate_all(_WORDS)
    return found


def assert_tidy(page: Page) -> None:
    """No chip touches another; no word touches another or leaves its cloud."""
    chips = page.locator(".chip > rect").evaluate_all(
        "(nodes) => nodes.map((node) => node.getBoundingClientRect().toJSON())"
    )
    assert all(upper["bottom"] < lower["top"] for upper, lower in pairwise(chips))
    for cloud in word_boxes(page):
        boxes = np.array(cloud["words"]).reshape(-1, 4)
        assert not touching(boxes).any()
        left, top, right, bottom = cloud["box"]
        assert (boxes[:, :2] >= (left, top)).all()
        assert (boxes[:, 2:] <= (right, bottom)).all()


def touching(boxes: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """Which boxes [left, top, right, bottom] overlap another one."""
    left, top, right, bottom = boxes.T
    apart = (
        (right[:, None] <= left) | (left[:, None] >= right)
        | (bottom[:, None] <= top) | (top[:, None] >= bottom)
    )  # fmt: skip
    return ~(apart | np.eye(len(boxes), dtype=bool)).all(axis=1)
