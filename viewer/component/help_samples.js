/** Small samples of the marks, for the help panel, in the colours of the page. */

import {linkPath} from "./links.js"
import {svg} from "./svg.js"

const SAMPLE = {width: 64, height: 34}

function rect(node, x, y, width, height, style) {
  svg(node, "rect", {x, y, width, height, style})
}

function line(node, d, style) {
  svg(node, "path", {d, style: `fill: none; ${style}`})
}

const [CARD, UP, DOWN] = [
  "fill: var(--card); stroke: var(--line)", "fill: var(--positive)", "fill: var(--negative)",
]

function drawCells(node, colours) {
  colours.forEach((colour, i) => {
    rect(node, 20 + (i % 3) * 9, 5 + Math.floor(i / 3) * 9, 7, 7, `fill: ${colour}`)
  })
}

function drawBar(node) {
  rect(node, 24, 5, 16, 24, "fill: var(--bar); stroke: var(--ink-3)")
  line(node, "M20 19h24", "stroke: var(--ink-2)")
}

const DRAW = {
  response: (node, ramp) => ramp.filter((_, i) => i % 16 === 0).forEach((colour, i) => {
    rect(node, 5 + i * 6, 13, 6, 8, `fill: ${colour}`)
  }),
  chip(node, ramp) {
    rect(node, 15, 0.5, 36, 33, `${CARD}; rx: 4px`)
    drawCells(node, [20, 40, 64, 64, 90, 64, 120, 64, 75].map((i) => ramp[i]))
  },
  cell: (node, ramp) => rect(node, 24, 9, 16, 16, `fill: ${ramp[110]}`),
  cloud(node) {
    rect(node, 0.5, 2.5, 63, 29, `${CARD}; rx: 6px`)
    svg(node, "text", {x: 9, y: 22, style: "font: 600 15px Inter, sans-serif"}, "she")
    svg(node, "text", {x: 41, y: 21, style: "font: 400 10px Inter, sans-serif"}, "her")
  },
  link: (node) => line(
    node, linkPath(2, 26, 62, 9), "stroke: var(--positive); stroke-width: 6px; opacity: 0.7"),
  pair(node) {
    line(node, linkPath(2, 24, 62, 8), "stroke: var(--positive); stroke-width: 2.5px")
    line(node, linkPath(2, 28, 62, 12), "stroke: var(--negative); stroke-width: 2.5px")
  },
  bar: drawBar,
  hats(node) {
    drawBar(node)
    rect(node, 24, 5, 16, 6, UP)
    rect(node, 24, 29, 16, 4, `${UP}; opacity: 0.38`)
    rect(node, 24, 25, 16, 4, DOWN)
  },
  control(node) {
    line(node, "M32 3v28", "stroke: var(--ink-3)")
    svg(node, "path", {d: "M28 8h8l-4 6Z", style: UP})
  },
  chance(node) {
    rect(node, 4, 21, 32, 3, "fill: var(--bar)")
    rect(node, 4, 21, 20, 3, "fill: var(--ink-2)")
    svg(node, "text", {x: 40, y: 26, style: "font: 400 10px Inter, sans-serif"}, "63 %")
  },
  unknown(node) {
    const style = "font: italic 500 13px Inter, sans-serif; text-decoration: underline dotted var(--positive)"
    svg(node, "text", {x: 14, y: 21, style}, "zyzzy")
  },
  step(node) {
    line(node, linkPath(2, 17, 62, 5), "stroke: var(--positive); stroke-width: 5px; opacity: 0.7")
    line(node, linkPath(2, 17, 62, 29), "stroke: var(--negative); stroke-width: 2px; opacity: 0.7")
  },
  strip(node) {
    rect(node, 30, 2, 4, 30, "fill: var(--bar)")
    rect(node, 30, 10, 4, 11, "fill: var(--ink-3)")
  },
  empty: (node) => rect(node, 15, 4, 34, 26, "fill: none; stroke: var(--line); stroke-dasharray: 3 3; rx: 4px"),
  spread: (node) => [3, 7, 15, 24, 17, 9, 4].forEach((height, i) => {
    rect(node, 8 + i * 7, 30 - height, 6, height, "fill: var(--ink-3)")
  }),
  saturation(node) {
    line(node, "M8 3v26h48", "stroke: var(--line)")
    for (const [x, y] of [[14, 9], [20, 14], [26, 11], [34, 21], [47, 25]]) {
      svg(node, "circle", {cx: x, cy: y, r: 2.5, style: "fill: var(--ink-2)"})
    }
  },
  line(node) {
    line(node, "M2 26C24 22 44 20 62 6", "stroke: var(--positive); stroke-width: 11px; opacity: 0.2")
    line(node, "M2 26C24 22 44 20 62 6", "stroke: var(--positive); stroke-width: 1.5px")
  },
  box(node) {
    line(node, "M6 17h52", "stroke: var(--ink-3)")
    rect(node, 20, 10, 24, 14, "fill: var(--positive); opacity: 0.5")
    line(node, "M30 10v14", "stroke: var(--ink); stroke-width: 2px")
  },
  finding(node) {
    line(node, "M4 17h56", "stroke: var(--line)")
    line(node, "M16 10v14", "stroke: var(--ink)")
    line(node, "M32 17h22", "stroke: var(--ink-2); stroke-width: 4px; opacity: 0.55")
    svg(node, "circle", {cx: 43, cy: 17, r: 3.5, style: "fill: var(--ink)"})
  },
}

/** A picture of one kind of mark. */
export function drawSample(parent, kind, ramp) {
  const node = svg(parent, "svg", {...SAMPLE, viewBox: `0 0 ${SAMPLE.width} ${SAMPLE.height}`})
  node.setAttribute("aria-hidden", "true")
  DRAW[kind](node, ramp)
}
