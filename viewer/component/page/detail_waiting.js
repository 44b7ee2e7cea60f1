/** While a page of the detail view is awaited: a skeleton in place of the one that was shown before. */

import {html, place, set} from "../scene/elements.js"

/** The tab that a click is on, if it is not the one that is shown already. */
function tabOf(event) {
  const button = event.composedPath().find((node) => node.matches?.("button.bk-btn"))
  const turner = button?.getRootNode().host
  if (!turner?.classList.contains("pages") || button.classList.contains("bk-active")) return null
  return {turner, page: `page-${button.textContent.trim().toLowerCase().replaceAll(" ", "-")}`}
}

/** Whether the page is on the screen, next to its tabs. */
function isShown({turner, page}) {
  const views = globalThis.Bokeh.index.query(({model, el}) =>
    model.css_classes?.includes?.(page) && el.getRootNode() === turner.getRootNode())
  return [...views].some(({model, el}) => model.visible && el.checkVisibility())
}

/** Covers the pane below its tabs until the page is there. */
function cover(detail, tab) {
  const skeleton = html(null, "div", "skeleton-page")
  for (let bars = 0; bars < 3; bars += 1) html(skeleton, "i")
  const [own, tabs] = [detail.getBoundingClientRect(), tab.turner.getBoundingClientRect()]
  place(skeleton, {
    left: tabs.left - own.left, width: tabs.width, height: Math.max(own.bottom - tabs.bottom, 200),
    top: tabs.bottom - own.top + detail.scrollTop,
  })
  detail.append(skeleton)
  set(detail, {"aria-busy": true})
  const look = () => {
    if (skeleton.isConnected && !isShown(tab)) return requestAnimationFrame(look)
    skeleton.remove()
    if (!detail.querySelector(".skeleton-page")) set(detail, {"aria-busy": false})
  }
  requestAnimationFrame(look)
  return skeleton
}

/** Answers clicks on tabs at once, until `signal` is aborted. */
export function attendDetail(signal) {
  const detail = document.querySelector(".page > .detail")
  const covers = new Map()
  detail?.addEventListener("click", (event) => {
    const tab = tabOf(event)
    if (!tab) return
    covers.get(tab.turner)?.remove()
    covers.set(tab.turner, cover(detail, tab))
  }, {capture: true, signal})
}
