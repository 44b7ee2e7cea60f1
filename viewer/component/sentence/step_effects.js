/** What the selected steps of several sentences changed, row by row, and how they differ. */

import {svg} from "../scene/elements.js"
import {firstFitting, shorten} from "../scene/text.js"
import {signed} from "./predictions.js"

const ROW = 24
const HEAD = 17
const SIZE = 11
const LABEL = 0.45 // of the column's width
const LINK = {width: 20, gap: 6} // a sample of a step's links
const FLOOR = 1e-9

/** How the links of a step are dashed, of which others are `compared` with the first. */
export const dashOf = (compared) => (compared ? "6 3" : null)

const effectOf = ({k, positive_change: up, negative_change: down}, position) =>
  Float32Array.from({length: k}, (_, c) => up[position * k + c] + down[position * k + c])

/**
 * A row a step, [{name, values, differs}], `values` the change of each cluster; after the second and
 * every further one a row of its difference from the first. Empty for fewer than two steps. Pure.
 */
export function effectRows(sentences, steps) {
  const shown = steps.filter(([index, position]) => sentences[index]?.k
    && position < sentences[index].words.length)
  if (shown.length < 2) return []
  const rows = shown.map(([index, position]) => ({
    name: `“${sentences[index].words[position]}”, ${sentences[index].title}`, differs: false,
    values: effectOf(sentences[index], position),
  }))
  const [first, ...others] = rows
  return [first, ...others.flatMap((row, i) => [row, {
    name: `${i ? "third" : "second"} less first`, differs: true,
    values: row.values.map((value, c) => value - first.values[c]),
  }])]
}

/** The sample of the links of each row's step, dashed or not; a difference has none. Pure. */
export function linkSamples(rows) {
  return rows.map(({differs}, i) => (differs ? null : {"stroke-dasharray": dashOf(i > 0)}))
}

/** The height of so many rows. */
export function effectsHeight(count) {
  return count ? HEAD + count * ROW : 0
}

/** The bars of a row: [{x, y, width, height, sign}] from its zero line, on a scale to ±`extent`. */
export function effectBars({values}, {x, width, zero, half}, extent) {
  const slot = width / values.length
  return Array.from(values, (value, c) => {
    const height = (Math.min(1, Math.abs(value) / extent)) * half
    return {
      x: x + (c + 0.1) * slot, width: 0.8 * slot, y: value < 0 ? zero : zero - height, height,
      sign: value < 0 ? "negative" : "positive",
    }
  })
}

function drawRow(group, row, {words, glyph, top, link}, extent) {
  const zero = top + ROW / 2
  const room = words.width - (link ? LINK.width + LINK.gap : 0)
  const text = shorten(row.name, SIZE, row.differs ? 600 : 400, room)
  if (link) {
    const x = words.mirrored ? words.x + words.width - LINK.width : words.x - words.width
    svg(group, "path", {class: "effect-link", d: `M${x} ${zero}h${LINK.width}`, ...link})
  }
  svg(group, "text", {
    "class": `effect-name${row.differs ? " differs" : ""}`, "x": words.x, "y": zero + 4,
    "text-anchor": words.mirrored ? "start" : "end",
  }, text)
  const {x, width} = glyph
  for (const {sign, ...box} of effectBars(row, {x, width, zero, half: ROW / 2 - 2}, extent)) {
    svg(group, "rect", {class: `effect ${sign}`, ...box})
  }
  svg(group, "path", {class: "effect-zero", d: `M${x} ${zero}h${width}`})
}

/** Draws the rows in a box {left, top, width} of the view; a cluster is pointed at in all of them. */
export function drawEffects(group, rows, {left, top, width, mirrored}) {
  group.replaceChildren()
  if (!rows.length) return
  const extent = Math.max(FLOOR, ...rows.flatMap(({values}) => Array.from(values, Math.abs)))
  const [label, gap] = [width * LABEL, 8]
  const words = {x: mirrored ? left + width - label : left + label, width: label, mirrored}
  const glyph = {x: mirrored ? left : left + label + gap, width: width - label - gap}
  const title = `What they changed, to ±${signed(extent, 2).slice(1)}`
  const links = rows.length > 3 ? "others" : "second"
  const forms = [`${title}; their links: solid first, dashed ${links}`, `${title}; solid, dashed: links`, title]
  svg(group, "text", {
    "class": "legend-note", "x": mirrored ? left + width : left, "y": top + 11,
    "text-anchor": mirrored ? "end" : "start",
  }, firstFitting(forms, SIZE, 400, width))
  const samples = linkSamples(rows)
  rows.forEach((row, i) => drawRow(group, row, {words, glyph, top: top + HEAD + i * ROW, link: samples[i]}, extent))
  const slot = glyph.width / rows[0].values.length
  rows[0].values.forEach((_, c) => svg(group, "rect", {
    "class": "effect-reach", "data-effect": c, "x": glyph.x + c * slot, "y": top + HEAD,
    "width": slot, "height": rows.length * ROW,
  }))
}
