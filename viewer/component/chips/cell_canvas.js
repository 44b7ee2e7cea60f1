/** The cells of all chips, triangles for directions and squares for whole units, and their canvas. */

import {rampColour} from "../scene/colours.js"
import {cellRect, cellTriangle, orient} from "./chip_packing.js"

const EDGE = 4
const OUTLINE = 1.5
const GROUND = 0.6 // opacity of the square under a triangle
const SMALLEST_TRIANGLE = 3.5 // pixels; below, its shape cannot be seen, and takes 10 times as long

/**
 * The marks of all cells, outlines last: [{x, y, side, direction, opacity, fill or stroke, width}];
 * of a direction its ground, a square, and on it a triangle, or only a square where that is small.
 *
 * `scene`: {packing, cells (by cluster), values, measured, clip, ramp, style, outlined, pointed,
 * cursor, faint}: the oriented `values[unit]` is on the ramp (as it is where it is a measure of the
 * unit, `measured`), or its middle without values; `outlined` are
 * units, `pointed` the unit under the pointer or null, `cursor` is {cluster, index} or null,
 * `faint(cluster)` says whether a chip is dimmed. Pure.
 */
export function cellMarks(scene) {
  const {packing, cells, values, measured, clip, ramp, style, outlined, pointed, cursor, faint} = scene
  const [rest, grounds] = [rampColour(ramp, 0, 1), []]
  const [marks, outlines] = [[], []]
  packing.chips.forEach((chip, cluster) => cells[cluster].forEach((cell, index) => {
    const {unit, direction} = cell
    const {x, y, side} = cellRect(packing, chip, index)
    const seen = values && (measured ? values[unit] || 0 : orient(values[unit], cell)) // NaN: unknown
    const fill = values ? rampColour(ramp, seen, clip) : rest
    const opacity = faint(cluster) ? 0.45 : 1
    const pointing = side < SMALLEST_TRIANGLE ? 0 : direction
    if (pointing) grounds.push({x, y, side, direction: 0, fill: rest, opacity: opacity * GROUND})
    marks.push({x, y, side, direction: pointing, fill: values || !pointing ? fill : style.line, opacity})
    const outline = (stroke) => outlines.push(
      {x: x - 1, y: y - 1, side: side + 2, direction: 0, stroke, width: OUTLINE, opacity: 1})
    if (unit === pointed) outline(style["ink-3"])
    if (outlined.includes(unit)) outline(style.ink)
    if (cursor?.cluster === cluster && cursor.index === index) outline(style.positive)
  }))
  return [...grounds, ...marks, ...outlines]
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

/** Paints every cell; `scene`: as for cellMarks, with its frame and density of pixels. */
export function paintCells(canvas, scene) {
  const context = prepare(canvas, scene)
  for (const mark of cellMarks(scene)) {
    const {x, y, side, direction, fill, stroke, width, opacity} = mark
    context.globalAlpha = opacity
    if (stroke) {
      Object.assign(context, {strokeStyle: stroke, lineWidth: width})
      context.strokeRect(x, y, side, side)
      continue
    }
    context.fillStyle = fill
    if (direction) {
      const [[left, base], [right], [middle, tip]] = cellTriangle(mark)
      context.beginPath()
      context.moveTo(left, base)
      context.lineTo(right, base)
      context.lineTo(middle, tip)
      context.fill()
    } else context.fillRect(x, y, side, side)
  }
}
