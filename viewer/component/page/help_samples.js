/** Small samples of the marks, for the help panel, in the colours of the page. */

import {cellTriangle} from "../chips/chip_packing.js"
import {svg} from "../scene/elements.js"
import {linkPath} from "../scene/links.js"

const SAMPLE = {width: 64, height: 34}
const CARD = "fill: var(--card); stroke: var(--line)"
const [UP, DOWN, LINE] = ["positive", "negative", "line"].map((name) => `var(--${name})`)
const [INK, INK_2, INK_3, BAR] = ["ink", "ink-2", "ink-3", "bar"].map((name) => `var(--${name})`)

const rect = (x, y, width, height, fill, more = "") =>
  ["rect", {x, y, width, height, style: `fill: ${fill}; ${more}`}]
const line = (d, stroke, width = 1, more = "") =>
  ["path", {d, style: `fill: none; stroke: ${stroke}; stroke-width: ${width}px; ${more}`}]
const cell = (x, y, side, direction, fill) =>
  ["polygon", {points: cellTriangle({x, y, side, direction}).join(" "), style: `fill: ${fill}`}]
const dot = (cx, cy, r, fill) => ["circle", {cx, cy, r, style: `fill: ${fill}`}]
const text = (x, y, font, content, more = "") =>
  ["text", {x, y, style: `font: ${font} Inter, sans-serif; ${more}`}, content]

const CELLS = [20, 40, 64, 64, 90, 64, 120, 64, 75] // steps of the ramp
const BAR_SAMPLE = [rect(24, 5, 16, 24, BAR, `stroke: ${INK_3}`), line("M20 19h24", INK_2)]
const CURVE = "M2 26C24 22 44 20 62 6"

/** By kind of mark: its elements, [tag, attributes, text] each, given the ramp of colours. */
export const SAMPLES = {
  response: (ramp) => ramp.filter((_, i) => i % 16 === 0)
    .map((colour, i) => rect(5 + i * 6, 13, 6, 8, colour)),
  chip: (ramp) => [
    ["rect", {x: 15, y: 0.5, width: 36, height: 33, style: `${CARD}; rx: 4px`}],
    ...CELLS.map((step, i) => cell(
      20 + (i % 3) * 9, 5 + Math.floor(i / 3) * 9, 7, i % 2 ? 1 : -1, ramp[step])),
  ],
  cell: (ramp) => [cell(12, 9, 16, 1, ramp[110]), cell(36, 9, 16, -1, ramp[20])],
  square: (ramp) => [rect(24, 9, 16, 16, ramp[110])],
  match: () => [
    ["rect", {x: 4.5, y: 2.5, width: 44, height: 29, style: `${CARD}; rx: 6px`}],
    rect(53, 2, 4, 29, BAR), rect(53, 13, 4, 18, INK_2),
  ],
  cloud: () => [
    ["rect", {x: 0.5, y: 2.5, width: 63, height: 29, style: `${CARD}; rx: 6px`}],
    text(9, 22, "600 15px", "she"), text(41, 21, "400 11px", "her"),
  ],
  link: () => [line(linkPath(2, 26, 62, 9), UP, 6, "opacity: 0.7")],
  bullet: () => [rect(10, 14, 44, 6, BAR), rect(14, 14, 12, 6, INK_3), rect(42, 10, 2, 14, INK)],
  silence: () => [
    ["rect", {x: 20, y: 2.5, width: 24, height: 16,
      style: `fill: none; stroke: ${INK}; stroke-dasharray: 3 2; rx: 3px`}],
    text(10, 31, "600 11px", "silenced"),
  ],
  pair: () => [line(linkPath(2, 24, 62, 8), UP, 2.5), line(linkPath(2, 28, 62, 12), DOWN, 2.5)],
  bar: () => BAR_SAMPLE,
  hats: () => [
    ...BAR_SAMPLE, rect(24, 5, 16, 6, UP), rect(24, 29, 16, 4, UP, "opacity: 0.38"),
    rect(24, 25, 16, 4, DOWN),
  ],
  control: () => [line("M32 3v28", INK_3), ["path", {d: "M28 8h8l-4 6Z", style: `fill: ${UP}`}]],
  chance: () => [
    rect(4, 21, 32, 3, BAR), rect(4, 21, 20, 3, INK_2), text(40, 26, "400 11px", "63 %"),
  ],
  unknown: () => [
    text(14, 21, "italic 500 13px", "zyzzy", `text-decoration: underline dotted ${UP}`),
  ],
  step: () => [
    line(linkPath(2, 17, 62, 5), UP, 5, "opacity: 0.7"),
    line(linkPath(2, 17, 62, 29), DOWN, 2, "opacity: 0.7"),
  ],
  strip: () => [rect(30, 2, 4, 30, BAR), rect(30, 10, 4, 11, INK_3)],
  empty: () => [rect(15, 4, 34, 26, "none", `stroke: ${LINE}; stroke-dasharray: 3 3; rx: 4px`)],
  spread: () => [3, 7, 15, 24, 17, 9, 4].map((high, i) => rect(8 + i * 7, 30 - high, 6, high, INK_3)),
  saturation: () => [
    line("M8 3v26h48", LINE),
    ...[[14, 9], [20, 14], [26, 11], [34, 21], [47, 25]].map(([x, y]) => dot(x, y, 2.5, INK_2)),
  ],
  line: () => [line(CURVE, UP, 11, "opacity: 0.2"), line(CURVE, UP, 1.5)],
  box: () => [
    line("M6 17h52", INK_3), rect(20, 10, 24, 14, UP, "opacity: 0.5"), line("M30 10v14", INK, 2),
  ],
  heads: () => [
    line("M6 17h52", INK_3),
    ...[[8, 9], [17, -5], [26, 12], [35, -11], [44, 4], [53, -3]].map(([x, high]) =>
      rect(x, 17 - Math.max(0, high), 5, Math.abs(high), high > 0 ? UP : DOWN)),
  ],
  pattern: () => [
    ...[6, 42].map((x) => rect(x, 6, 16, 8, BAR)), ...[6, 42].map((x) => rect(x, 20, 16, 8, INK_3)),
    line("M26 17h12", INK, 1.5),
  ],
  table: () => [
    ...[5, 13, 21].map((y) => rect(8, y, 20, 5, y === 13 ? INK_3 : BAR)),
    ...[5, 13, 21].map((y) => rect(32, y, 12, 5, y === 13 ? INK_3 : BAR)),
  ],
  view: () => [rect(12, 5, 40, 24, "none", `stroke: ${INK_3}; rx: 4px`), text(22, 21, "600 11px", "note")],
  finding: () => [
    line("M4 17h56", LINE), line("M16 10v14", INK), line("M32 17h22", INK_2, 4, "opacity: 0.55"),
    dot(43, 17, 3.5, INK),
  ],
}

/** Draws a sample of one kind of mark. */
export function drawSample(parent, kind, ramp) {
  const viewBox = `0 0 ${SAMPLE.width} ${SAMPLE.height}`
  const node = svg(parent, "svg", {...SAMPLE, viewBox, "aria-hidden": "true"})
  for (const element of SAMPLES[kind](ramp)) svg(node, ...element)
}
