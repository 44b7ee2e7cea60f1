/** The legend of the cells under the chips: what their colours and triangles mean, and the scale. */

import {svg} from "../scene/elements.js"
import {firstFitting} from "../scene/text.js"
import {RISING} from "./cell_names.js"

const SIZE = 11
const BAR = {width: 110, height: 6}

/** A line in the middle of the chips' column; a triangle that begins it has the colour of a rise. */
function addTitle(group, forms, {x, y, room}) {
  const text = firstFitting(forms, SIZE, 400, room)
  const node = svg(group, "text", {class: "legend-title", x, y})
  if (text.startsWith(RISING)) svg(node, "tspan", {class: "rising"}, RISING)
  node.append(text.startsWith(RISING) ? text.slice(1) : text)
}

function addScale(group, ramp, clip, {x, y}) {
  const left = x - BAR.width / 2
  const gradient = svg(group, "linearGradient", {id: "response-ramp"})
  ramp.filter((_, i) => i % 8 === 0).forEach((colour, i, stops) => {
    svg(gradient, "stop", {offset: i / (stops.length - 1), "stop-color": colour})
  })
  svg(group, "rect", {...BAR, x: left, y: y - BAR.height - 1, rx: 1, fill: "url(#response-ramp)"})
  const end = clip.toFixed(clip < 0.1 ? 3 : 2)
  svg(group, "text", {class: "legend-tick before", x: left - 6, y}, `−${end}`)
  svg(group, "text", {class: "legend-tick", x: left + BAR.width + 6, y}, `+${end}`)
}

/** Draws the legend: `forms` of its title, the longest first; the scale only with a `clip`. */
export function drawLegend(group, {frame, ramp, forms, clip}) {
  group.replaceChildren()
  const {y, room} = frame.legend
  const x = frame.chips.axis
  if (forms.length) addTitle(group, forms, {x, y: y + 9, room})
  if (clip !== null) addScale(group, ramp, clip, {x, y: y + 24})
}
