/** The help panel: what is shown, what each mark means, the keys, and the way to the tour. */

import {KEY_HELP} from "../input/keys.js"
import {html, makePanel} from "../scene/elements.js"
import {openExplanation} from "./explanation.js"
import {drawSample} from "./help_samples.js"
import {marksOf, whatIsShown} from "./help_text.js"
import {startTour} from "./tour.js"

function drawMarks(panel, marks, ramp) {
  const list = html(panel, "dl", "marks")
  for (const [kind, name, meaning] of marks) {
    const words = html(list, "div", "meaning")
    html(words, "dt", "", name)
    drawSample(html(words, "dd", "", meaning), kind, ramp)
  }
}

function drawKeys(panel) {
  const list = html(panel, "dl", "keys")
  for (const [key, does] of KEY_HELP) {
    html(list, "dt", "", key)
    html(list, "dd", "", does)
  }
}

/** Opens the panel over the page; it is rebuilt each time, since what is shown changes. */
export function openHelp(scene, send) {
  const {analysis, constants} = scene.data
  const {panel, page, leaving} = makePanel(scene.root, "help", "Help", "What you see")
  leaving("Take the tour", () => startTour(scene, send), "primary").autofocus = true
  leaving("How it works", () => openExplanation(scene, send))
  leaving("Close")
  if (analysis.model) for (const text of whatIsShown(analysis)) html(page, "p", "shown", text)
  drawMarks(page, marksOf(constants, scene.data.clusters.silencing?.note), scene.ramp)
  html(page, "h3", "", "Keys")
  drawKeys(page)
  panel.showModal()
}
