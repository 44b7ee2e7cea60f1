/** The legend of the cells under the chips: what their colours and triangles mean, and the scale. */

import {svg} from "../scene/elements.js"
import {firstFitting, textWidth} from "../scene/text.js"
import {RISING} from "./cell_names.js"

const SIZE = 11
const SAMPLE = 26
const BAR = {width: 110, height: 6}

/** A line in the middle of the chips' column; a triangle that begins it has the colour of a rise. */
function addTitle(group, forms, {x, y, room}) {
  const text = firstFitting(forms, SIZE, 400, room)
  const node = svg(group, "text", {class: "legend-title", x, y})
  if (text.startsWith(RISING)) svg(node, "tspan", {class: "rising"}, RISING)
  node.append(text.startsWith(RISING) ? text.slice(1) : text)
}

/** Colours and their ends; a measure begins at 0, in the middle of the ramp. */
function addScale(group, {ramp, clip, measured}, {x, y}) {
  const left = x - BAR.width / 2
  const gradient = svg(group, "linearGradient", {id: "response-ramp"})
  const shown = measured ? ramp.slice((ramp.length - 1) / 2) : ramp
  shown.filter((_, i) => i % 8 === 0).forEach((colour, i, stops) => {
    svg(gradient, "stop", {offset: i / (stops.length - 1), "stop-color": colour})
  })
  svg(group, "rect", {...BAR, x: left, y: y - BAR.height - 1, rx: 1, fill: "url(#response-ramp)"})
  const end = clip.toFixed(clip < 0.1 ? 3 : 2)
  svg(group, "text", {class: "legend-tick before", x: left - 6, y}, measured ? "0" : `−${end}`)
  svg(group, "text", {class: "legend-tick", x: left + BAR.width + 6, y}, measured ? end : `+${end}`)
}

/** What the bullets show, `where` being at what a chip's cost was measured. */
function addBullet(group, where, {x, y, room}) {
  const text = firstFitting([
    `${where} when the chip is silenced; grey: random sets of as many`,
    `${where} when silenced; grey: random sets`, "cost when silenced; grey: random", "cost; grey: random sets", "cost",
  ], SIZE, 400, room - SAMPLE - 8)
  const left = x - (textWidth(text, SIZE, 400) + SAMPLE + 8) / 2
  const sample = svg(group, "g", {class: "bullet"})
  svg(sample, "rect", {class: "track", x: left, y: y - 7, width: SAMPLE, height: 5})
  svg(sample, "rect", {class: "range", x: left + 3, y: y - 7, width: 7, height: 5})
  svg(sample, "rect", {class: "tick", x: left + SAMPLE - 5, y: y - 11, width: 2, height: 13})
  svg(group, "text", {class: "legend-note", x: left + SAMPLE + 8, y}, text)
}

/**
 * Draws the legend: `forms` of its title, the longest first; the scale only with a `clip` (from 0 of
 * what is `measured`), the bullet only where costs were measured.
 */
export function drawLegend(group, {frame, ramp, forms, clip, measured, where}) {
  group.replaceChildren()
  const {x, y, room} = frame.legend
  if (forms.length) addTitle(group, forms, {x, y: y + 9, room})
  if (clip !== null) addScale(group, {ramp, clip, measured}, {x, y: y + 24})
  if (where) addBullet(group, where, {x, y: y + 41, room})
}
