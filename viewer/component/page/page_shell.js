/** The page around the component: its keys, and the toolbar of the presentation. */

import {isKey, isTyping} from "../input/keys.js"
import {button, html} from "../scene/elements.js"

/** The panes shown after `pane` is toggled, in the order of `all`; the last one stays. Pure. */
export function toggledPanes(all, panes, pane) {
  const others = panes.filter((each) => each !== pane)
  if (others.length < panes.length) return others.length ? others : panes
  return all.filter((each) => each === pane || panes.includes(each))
}

/** The toolbar that chooses the panes of a presentation; it is above all of them. */
class PresentationBar {
  constructor(names, send) {
    this.choose = (panes) => send({type: "presentation", panes})
    this.bar = html(document.body, "div", "presentation")
    Object.assign(this.bar, {role: "toolbar", ariaLabel: "Presentation"})
    this.buttons = Object.entries(names).map(([pane, name]) => {
      const act = () => this.choose(toggledPanes(Object.keys(names), this.panes, pane))
      return [pane, button(this.bar, name, act)]
    })
    button(this.bar, "Leave", () => this.choose([]))
  }

  show(panes) {
    this.panes = panes
    for (const [pane, node] of this.buttons) node.ariaPressed = String(panes.includes(pane))
  }
}

/** Handles the page around a scene until the returned function is called. */
export function attendPage(scene, send) {
  const {constants, look} = scene.data
  const bar = new PresentationBar(constants.panes, send)
  scene.presented = (panes) => bar.show(panes)
  bar.show(look.presentation)
  const help = async () => (await import("./help.js")).openHelp(scene)
  const stop = new AbortController()
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || isTyping(event)) return
    if (isKey(event, "help")) help()
    if (isKey(event, "release") && bar.panes.length) bar.choose([])
  }, {signal: stop.signal})
  document.addEventListener("click", (event) => {
    if (event.composedPath()[0].dataset?.opens === "help") help()
  }, {signal: stop.signal})
  return () => {
    stop.abort()
    bar.bar.remove()
  }
}
