/** Painting the units of all chips on one canvas, and the legend of their colours. */

import {cellRect} from "./chips.js"
import {rampColour} from "./colours.js"
import {svg} from "./svg.js"

const EDGE = 4

/**
 * Fits the canvas to the chips, no wider (at every hover it is cleared, which costs its pixels), and
 * to the screen's pixels; returns a context in CSS pixels of the view.
 */
function prepared(canvas, {packing, frame: {height}, density}) {
  const left = Math.floor(Math.min(...packing.chips.map(({x}) => x))) - EDGE
  const right = Math.ceil(Math.max(...packing.chips.map(({x, width}) => x + width))) + EDGE
  const width = right - left
  const [pixelsWide, pixelsHigh] = [Math.round(width * density), Math.round(height * density)]
  if (canvas.width !== pixelsWide || canvas.height !== pixelsHigh) {
    canvas.width = pixelsWide
    canvas.height = pixelsHigh
    canvas.style.width = `${width}px`
    canvas.style.height = `${height}px`
  }
  canvas.style.left = `${left}px`
  const context = canvas.getContext("2d")
  context.setTransform(density, 0, 0, density, -left * density, 0)
  context.clearRect(left, 0, width, height)
  return context
}

function outline(context, rect, colour) {
  context.lineWidth = 1.5
  context.strokeStyle = colour
  context.strokeRect(rect.x - 1, rect.y - 1, rect.side + 2, rect.side + 2)
}

/**
 * Paints every unit: `scene.values[unit]` on the ramp, or the rest colour without a response.
 *
 * `scene`: {frame, density (of pixels), packing, units (by cluster), values, clip, ramp, style, outlined, cursor, faint}:
 * `outlined` are units, `cursor` {cluster, index} or null, `faint` tells whether a chip steps back.
 */
export function paintCells(canvas, scene) {
  const {packing, units, values, clip, ramp, style} = scene
  const context = prepared(canvas, scene)
  const rest = rampColour(ramp, 0, 1)
  const outlined = []
  packing.chips.forEach((chip, cluster) => {
    context.globalAlpha = scene.faint(cluster) ? 0.45 : 1
    units[cluster].forEach((unit, index) => {
      const rect = cellRect(packing, chip, index)
      context.fillStyle = values ? rampColour(ramp, values[unit], clip) : rest
      context.fillRect(rect.x, rect.y, rect.side, rect.side)
      if (scene.outlined.includes(unit)) outlined.push([rect, style.ink])
      if (scene.cursor?.cluster === cluster && scene.cursor.index === index) {
        outlined.push([rect, style.positive])
      }
    })
  })
  context.globalAlpha = 1
  for (const [rect, colour] of outlined) outline(context, rect, colour)
}

/** Draws the colour scale under the chips, from -clip to clip, or a label alone, or nothing. */
export function drawLegend(group, {frame, ramp, clip, label}) {
  group.replaceChildren()
  if (!label) return
  const {axis} = frame.chips
  const {y, width} = frame.legend
  svg(group, "text", {class: "legend-title", x: axis, y: y + 8}, label)
  if (clip === null) return
  const left = axis - width / 2
  const id = "response-ramp"
  const gradient = svg(group, "linearGradient", {id})
  ramp.filter((_, i) => i % 8 === 0).forEach((colour, i, stops) => {
    svg(gradient, "stop", {offset: i / (stops.length - 1), "stop-color": colour})
  })
  svg(group, "rect", {x: left, y: y + 14, width, height: 6, rx: 1, fill: `url(#${id})`})
  const end = clip.toFixed(clip < 0.1 ? 3 : 2)
  for (const [share, text] of [[0, `−${end}`], [0.5, "0"], [1, `+${end}`]]) {
    svg(group, "text", {class: "legend-tick", x: left + share * width, y: y + 31}, text)
  }
}
