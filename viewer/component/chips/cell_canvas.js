/** Paints the units of all chips on one canvas, and draws the legend of their colours. */

import {rampColour} from "../scene/colours.js"
import {svg} from "../scene/elements.js"
import {cellRect} from "./chip_packing.js"

const EDGE = 4

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

/**
 * Paints every unit: `scene.values[unit]` on the ramp, or the ramp's middle without a response.
 *
 * `scene`: {frame, density (of pixels), packing, units (by cluster), values, clip, ramp, style,
 * outlined, cursor, faint}: `outlined` are units, `cursor` is {cluster, index} or null, and
 * `faint(cluster)` says whether a chip is dimmed.
 */
export function paintCells(canvas, scene) {
  const {packing, units, values, clip, ramp, style, cursor} = scene
  const context = prepare(canvas, scene)
  const rest = rampColour(ramp, 0, 1)
  const outlines = []
  packing.chips.forEach((chip, cluster) => {
    context.globalAlpha = scene.faint(cluster) ? 0.45 : 1
    units[cluster].forEach((unit, index) => {
      const rect = cellRect(packing, chip, index)
      context.fillStyle = values ? rampColour(ramp, values[unit], clip) : rest
      context.fillRect(rect.x, rect.y, rect.side, rect.side)
      if (scene.outlined.includes(unit)) outlines.push([rect, style.ink])
      if (cursor?.cluster === cluster && cursor.index === index) outlines.push([rect, style.positive])
    })
  })
  context.globalAlpha = 1
  context.lineWidth = 1.5
  for (const [{x, y, side}, colour] of outlines) {
    context.strokeStyle = colour
    context.strokeRect(x - 1, y - 1, side + 2, side + 2)
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
