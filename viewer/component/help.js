/** The help panel: what is shown, what each mark means, the keys, and the way to the tour. */

import {drawSample} from "./help_samples.js"
import {KEYS, MARKS, whatIsShown} from "./help_text.js"
import {html} from "./svg.js"
import {startTour} from "./tour.js"

function drawMarks(panel, ramp) {
  const list = html(panel, "dl", "marks")
  for (const [kind, name, meaning] of MARKS) {
    drawSample(html(list, "span", "sample"), kind, ramp)
    const words = html(list, "div", "meaning")
    html(words, "dt", "", name)
    html(words, "dd", "", meaning)
  }
}

function drawKeys(panel) {
  const list = html(panel, "dl", "keys")
  for (const [key, does] of KEYS) {
    html(list, "dt", "", key)
    html(list, "dd", "", does)
  }
}

function button(parent, text, act, className = "") {
  const node = html(parent, "button", className, text)
  node.type = "button"
  node.addEventListener("click", act)
  return node
}

/** Opens the panel over the page; it is made anew each time, since what is shown changes. */
export function openHelp(scene) {
  const panel = html(scene.root, "dialog", "help")
  panel.ariaLabel = "Help"
  panel.addEventListener("close", () => panel.remove())
  panel.addEventListener("click", (event) => event.target === panel && panel.close())
  const page = html(panel, "div", "help-page")
  const head = html(page, "header", "")
  html(head, "h2", "", "What you see")
  const tour = () => {
    panel.close()
    startTour(scene)
  }
  button(head, "Take the tour", tour, "primary").autofocus = true
  button(head, "Close", () => panel.close())
  const {analysis} = scene.data
  if (analysis.model) for (const said of whatIsShown(analysis)) html(page, "p", "shown", said)
  drawMarks(page, scene.ramp)
  html(page, "h3", "", "Keys")
  drawKeys(page)
  panel.showModal()
}
