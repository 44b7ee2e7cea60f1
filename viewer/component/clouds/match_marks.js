/** How well a cloud matches the one of the same number in the other pane: a bar and the number at its
 * outer edge. */

import {set, svg} from "../scene/elements.js"
import {firstFitting} from "../scene/text.js"

const [WIDTH, GAP, REACH] = [4, 3, 3]
const NUMBER = {gap: 4, room: 16} // pixels
const SIZE = 11
const LINE = 17
const SAMPLE = 9

/** The boxes of a cloud's mark, from the cloud's corner: its track, and of that the part in common. */
export function matchBoxes({width, height}, jaccard, mirrored) {
  const x = mirrored ? -GAP - WIDTH : width + GAP
  const filled = Number.isNaN(jaccard) ? 0 : jaccard * height
  return {
    track: {x, y: 0, width: WIDTH, height},
    fill: {x, y: height - filled, width: WIDTH, height: filled},
    reach: {x: x - REACH, y: 0, width: WIDTH + 2 * REACH, height},
  }
}

/** The number of a cloud's pair, and where it stands: outside the bar; a dash without a pair. */
export function pairNumber({width, height}, cluster, jaccard, mirrored) {
  const x = mirrored ? -GAP - WIDTH - NUMBER.gap : width + GAP + WIDTH + NUMBER.gap
  return {text: Number.isNaN(jaccard) ? "–" : `${cluster + 1}`, x, y: height / 2 + 4}
}

/** The mark's elements within a cloud's group, without a match hidden. */
export function makeMatch(parent, cluster) {
  const node = svg(parent, "g", {class: "match", "data-match": cluster})
  const parts = Object.fromEntries(["track", "fill", "reach"].map(
    (name) => [name, svg(node, "rect", {class: name})]))
  return Object.assign(node, {parts, number: svg(node, "text", {class: "pair-number"})})
}

export function drawMatch(node, cloud, cluster, {jaccard}, mirrored) {
  node.classList.toggle("none", !jaccard)
  if (!jaccard) return
  node.classList.toggle("free", Number.isNaN(jaccard[cluster]))
  for (const [name, box] of Object.entries(matchBoxes(cloud, jaccard[cluster], mirrored))) {
    set(node.parts[name], box)
  }
  const {text, ...place} = pairNumber(cloud, cluster, jaccard[cluster], mirrored)
  set(node.number, {...place, "text-anchor": mirrored ? "end" : "start"}).textContent = text
}

/** Takes the line of the legend, if there is one, and the room of the numbers from the clouds' column. */
export function takeMatchLegend(column, {legend}) {
  if (!legend) return
  column.height -= LINE
  column.width -= NUMBER.room
}

/** Writes what the marks mean, `below` the clouds' column by so much. */
export function drawMatchLegend(group, {legend}, {left, top, width, sagitta, height}, below) {
  group.replaceChildren()
  if (!legend) return
  const text = firstFitting(legend, SIZE, 400, width + sagitta + NUMBER.room - SAMPLE)
  const y = top + height + below + LINE - 4
  svg(group, "rect", {class: "track", x: left, y: y - 9, width: WIDTH, height: 10})
  svg(group, "rect", {class: "fill", x: left, y: y - 5, width: WIDTH, height: 6})
  svg(group, "text", {class: "legend-note", x: left + SAMPLE, y}, text)
}
