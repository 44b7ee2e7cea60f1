/** The units of all chips as coloured squares, their canvas, and the legend of their colours. */

import {rampColour} from "../scene/colours.js"
import {svg} from "../scene/elements.js"
import {cellRect} from "./chip_packing.js"

const EDGE = 4
const OUTLINE = 1.5

/**
 * The squares of all units, outlines last: [{x, y, side, opacity, fill or stroke, width}].
 *
 * `scene`: {packing, units (by cluster), values, clip, ramp, style, outlined, cursor, faint}:
 * `values[unit]` is on the ramp, or its middle without values; `outlined` are units, `cursor` is
 * {cluster, index} or null, `faint(cluster)` says whether a chip is dimmed. Pure.
 */
export function cellMarks({packing, units, values, clip, ramp, style, outlined, cursor, faint}) {
  const rest = rampColour(ramp, 0, 1)
  const [cells, outlines] = [[], []]
  packing.chips.forEach((chip, cluster) => units[cluster].forEach((unit, index) => {
    const {x, y, side} = cellRect(packing, chip, index)
    const fill = values ? rampColour(ramp, values[unit], clip) : rest
    cells.push({x, y, side, fill, opacity: faint(cluster) ? 0.45 : 1})
    const outline = (stroke) => outlines.push(
      {x: x - 1, y: y - 1, side: side + 2, stroke, width: OUTLINE, opacity: 1})
    if (outlined.includes(unit)) outline(style.ink)
    if (cursor?.cluster === cluster && cursor.index === index) outline(style.positive)
  }))
  return [...cells, ...outlines]
}

/**
 * Sizes the canvas to the chips only (every hover clears it, which costs its pixels) and to the
 * screen's pixels; returns a context in CSS pixels of the view.
 */
function prepare(canvas, {packing, frame: {height}, density}) {
  const left = Math.floor(Math.min(...packing.chips.map(({x}) => x))) - EDGE
  const right = Math.ceil(Math.max(...packing.chips.map(({x, width}) => x + width))) + EDGE
  const width = right - left
  const [pixelsWide, pixelsHigh] = [Math.round(width * density), Math.round(height * density)]
  if (canvas.width !== pixelsWide || canvas.height !== pixelsHigh) {
    Object.assign(canvas, {width: pixelsWide, height: pixelsHigh})
    Object.assign(canvas.style, {width: `${width}px`, height: `${height}px`})
  }
  canvas.style.left = `${left}px`
  const context = canvas.getContext("2d")
  context.setTransform(density, 0, 0, density, -left * density, 0)
  context.clearRect(left, 0, width, height)
  return context
}

/** Paints every unit; `scene`: as for cellMarks, with its frame and density of pixels. */
export function paintCells(canvas, scene) {
  const context = prepare(canvas, scene)
  for (const {x, y, side, fill, stroke, width, opacity} of cellMarks(scene)) {
    context.globalAlpha = opacity
    if (fill) {
      context.fillStyle = fill
      context.fillRect(x, y, side, side)
    } else {
      Object.assign(context, {strokeStyle: stroke, lineWidth: width})
      context.strokeRect(x, y, side, side)
    }
  }
}

/** Draws the colour scale under the chips, from -clip to clip, or only a label, or nothing. */
export function drawLegend(group, {frame, ramp, clip, label}) {
  group.replaceChildren()
  if (!label) return
  const {axis} = frame.chips
  const {y, width} = frame.legend
  svg(group, "text", {class: "legend-title", x: axis, y: y + 8}, label)
  if (clip === null) return
  const left = axis - width / 2
  const gradient = svg(group, "linearGradient", {id: "response-ramp"})
  ramp.filter((_, i) => i % 8 === 0).forEach((colour, i, stops) => {
    svg(gradient, "stop", {offset: i / (stops.length - 1), "stop-color": colour})
  })
  svg(group, "rect", {x: left, y: y + 14, width, height: 6, rx: 1, fill: "url(#response-ramp)"})
  const end = clip.toFixed(clip < 0.1 ? 3 : 2)
  for (const [at, text] of [[0, `−${end}`], [0.5, "0"], [1, `+${end}`]]) {
    svg(group, "text", {class: "legend-tick", x: left + at * width, y: y + 31}, text)
  }
}
