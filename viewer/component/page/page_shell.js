/** The page around the component: its keys, and the toolbar of the presentation. */

import {isKey, isTyping} from "../input/keys.js"
import {button, html} from "../scene/elements.js"
import {attendColumns} from "./columns.js"
import {attendConnection} from "./connection.js"
import {attendDetail} from "./detail_waiting.js"
import {endOffer, offerTour} from "./tour_offer.js"

/** The panes shown after `pane` is toggled, in the order of `all`; the last one stays. Pure. */
export function toggledPanes(all, panes, pane) {
  const others = panes.filter((each) => each !== pane)
  if (others.length < panes.length) return others.length ? others : panes
  return all.filter((each) => each === pane || panes.includes(each))
}

/** Adds the toolbar that chooses the panes of a presentation; returns it and how to update it. */
function presentationBar(scene, choose) {
  const names = scene.data.constants.panes
  const bar = html(document.body, "div", "presentation")
  Object.assign(bar, {role: "toolbar", ariaLabel: "Presentation"})
  const buttons = Object.entries(names).map(([pane, name]) => [pane, button(bar, name, () =>
    choose(toggledPanes(Object.keys(names), scene.data.look.presentation, pane)))])
  button(bar, "Leave", () => choose([]))
  const show = (panes) => buttons.forEach(([pane, node]) => {
    node.ariaPressed = String(panes.includes(pane))
  })
  return {bar, show}
}

/** Marks the page as drawn. */
export function endWaiting() {
  document.querySelector(".page")?.setAttribute("aria-busy", "false")
}

/** Handles the page around a scene until the returned function is called. */
export function attendPage(scene, send) {
  const choose = (panes) => send({type: "presentation", panes})
  const {bar, show} = presentationBar(scene, choose)
  scene.presented = show
  scene.firstDrawn = endWaiting
  show(scene.data.look.presentation)
  if (String(scene.data.look.presentation) === "detail") endWaiting() // no picture is drawn
  attendColumns()
  const help = async () => (await import("./help.js")).openHelp(scene, send)
  const tour = async () => (await import("./tour.js")).startTour(scene, send)
  const opens = {help, tour, nothing: endOffer}
  offerTour()
  const leaveConnection = attendConnection(globalThis.Bokeh.documents[0], () => scene.restore())
  const stop = new AbortController()
  attendDetail(stop.signal)
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || isTyping(event)) return
    if (isKey(event, "help")) help()
    if (isKey(event, "release") && scene.data.look.presentation.length) choose([])
  }, {signal: stop.signal})
  const restore = () => send({type: "address", query: location.search})
  window.addEventListener("popstate", restore, {signal: stop.signal})
  document.addEventListener("click", (event) => {
    opens[event.composedPath()[0].dataset?.opens]?.()
  }, {signal: stop.signal})
  return () => {
    stop.abort()
    leaveConnection()
    bar.remove()
  }
}
