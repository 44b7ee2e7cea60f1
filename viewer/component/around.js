/** What the keyboard does anywhere on the page, and the bar of the presentation. */

import {isWriting} from "./find.js"
import {html} from "./svg.js"

const PANES = {sentence: "Sentence", memory: "Memory", detail: "Detail"}

/** The panes shown once `pane` is shown or hidden; the last one stays. Pure. */
export function toggledPanes(panes, pane) {
  const others = panes.filter((each) => each !== pane)
  if (others.length < panes.length) return others.length ? others : panes
  return Object.keys(PANES).filter((each) => each === pane || panes.includes(each))
}

/** The bar that chooses the panes of a presentation; it stands on the page, over all of them. */
class PresentationBar {
  constructor(send) {
    this.send = send
    this.bar = html(document.body, "div", "presentation")
    this.bar.role = "toolbar"
    this.bar.ariaLabel = "Presentation"
    this.buttons = Object.entries(PANES).map(([pane, name]) => {
      const node = this.button(name, () => this.choose(toggledPanes(this.panes, pane)))
      return [pane, node]
    })
    this.button("Leave", () => this.choose([]))
  }

  button(name, act) {
    const node = html(this.bar, "button", "", name)
    node.type = "button"
    node.addEventListener("click", act)
    return node
  }

  choose(panes) {
    this.send({type: "presentation", panes})
  }

  show(panes) {
    this.panes = panes
    for (const [pane, node] of this.buttons) node.ariaPressed = String(panes.includes(pane))
  }
}

/** Attends to the page around a scene until the returned function is called. */
export function attendPage(scene, send) {
  const bar = new PresentationBar(send)
  scene.presented = (panes) => bar.show(panes)
  scene.presented(scene.data.look.presentation)
  const help = async () => (await import("./help.js")).openHelp(scene)
  const press = (event) => {
    if (event.defaultPrevented || isWriting(event)) return
    if (event.key === "?") help()
    if (event.key === "Escape" && bar.panes.length) bar.choose([])
  }
  const click = (event) => event.composedPath()[0].dataset?.opens === "help" && help()
  document.addEventListener("keydown", press)
  document.addEventListener("click", click)
  return () => {
    document.removeEventListener("keydown", press)
    document.removeEventListener("click", click)
    bar.bar.remove()
  }
}
