/** The legend under the chips: what colours and triangles of cells mean, the scale, bullets, links. */

import {svg} from "../scene/elements.js"
import {firstFitting, textWidth, written} from "../scene/text.js"
import {linkWidth} from "../scene/links.js"
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

/** How many units are beyond the ends of the colours, the longest form first. */
export function beyondEnds(values, clip) {
  const beyond = values.filter((value) => Math.abs(value) > clip).length
  return beyond ? [`; ${written(beyond)} of ${written(values.length)} units beyond`, `; ${written(beyond)} beyond`, ""] : [""]
}

/** Colours and their ends; a measure begins at 0, in the middle of the ramp. */
function addScale(group, {ramp, clip, measured, beyond}, {x, y, room}) {
  const end = clip < 0.001 ? clip.toPrecision(2) : clip.toFixed(clip < 0.1 ? 3 : 2)
  const low = measured ? "0" : `−${end}`
  const tick = textWidth(low, SIZE, 400) + 6
  const high = measured ? end : `+${end}`
  const note = firstFitting(beyond, SIZE, 400, room - BAR.width - 2 * tick)
  const [highWidth, noteWidth] = [high, note].map((text) => textWidth(text, SIZE, 400))
  const left = x - (BAR.width + 6 + highWidth + noteWidth - tick) / 2
  const gradient = svg(group, "linearGradient", {id: "response-ramp"})
  const shown = measured ? ramp.slice((ramp.length - 1) / 2) : ramp
  shown.filter((_, i) => i % 8 === 0).forEach((colour, i, stops) => {
    svg(gradient, "stop", {offset: i / (stops.length - 1), "stop-color": colour})
  })
  svg(group, "rect", {...BAR, x: left, y: y - BAR.height - 1, rx: 1, fill: "url(#response-ramp)"})
  svg(group, "text", {class: "legend-tick before", x: left - 6, y}, low)
  // One text: a digit is wider as drawn, in columns, than as measured.
  svg(group, "text", {class: "legend-tick", x: left + BAR.width + 6, y}, `${high}${note}`)
}

/** What the links' widths and colours mean; `most` is the mean response of the widest. */
export function linkForms(most) {
  const end = most.toPrecision(2)
  return [
    `link: a cloud’s mean response in a chip, to ±${end}; orange along, blue against it`,
    `link: mean response, to ±${end}; blue: against`, `links to ±${end}; blue: against`,
    `links to ±${end}`,
  ]
}

/** Two samples of links, narrow to wide, and what they mean. */
function addLinks(group, most, {x, y, room}) {
  const text = firstFitting(linkForms(most), SIZE, 400, room - 2 * SAMPLE - 12)
  const left = x - (textWidth(text, SIZE, 400) + 2 * SAMPLE + 12) / 2
  const half = linkWidth(0.7) / 2
  for (const [i, sign] of ["positive", "negative"].entries()) {
    const from = left + i * (SAMPLE + 4)
    const d = `M${from} ${y - 4}L${from + SAMPLE} ${y - 4 - half}v${2 * half}Z`
    svg(group, "path", {class: `link-sample ${sign}`, d})
  }
  svg(group, "text", {class: "legend-note", x: left + 2 * SAMPLE + 12, y}, text)
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
 * what is `measured`), the bullet only where costs were measured, the links only where there are any.
 */
export function drawLegend(group, {frame, ramp, forms, clip, measured, beyond, where, most}) {
  group.replaceChildren()
  const {x, y, room} = frame.legend
  if (forms.length) addTitle(group, forms, {x, y: y + 9, room})
  if (clip !== null) addScale(group, {ramp, clip, measured, beyond}, {x, y: y + 24, room})
  if (where) addBullet(group, where, {x, y: y + 41, room})
  if (most) addLinks(group, most, {x, y: y + (where ? 58 : 41), room})
}
