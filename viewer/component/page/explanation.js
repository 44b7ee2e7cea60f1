/** The page “How it works”: a text, with small figures of what the page shows now. */

import {rampColour} from "../scene/colours.js"
import {html, makePanel, svg} from "../scene/elements.js"
import {written} from "../scene/text.js"
import {EXPLANATION} from "./explanation_text.js"
import {startTour} from "./tour.js"

const WIDTH = 520
const HEIGHT = 72
const MOST_CELL = 18

const rect = (x, y, width, height, fill) => ["rect", {x, y, width, height, fill}]

/** Bars of the given values, side by side, in the colours of the ramp. */
function bars(values, ramp, most) {
  const [width, middle] = [WIDTH / values.length, HEIGHT / 2]
  return Array.from(values, (value, i) => {
    const height = (Math.min(most, Math.abs(value)) / most) * (middle - 2)
    const top = value > 0 ? middle - height : middle
    return rect(i * width, top, Math.max(0.5, width * 0.86), Math.max(0.5, height), rampColour(ramp, value, most))
  })
}

const largest = (values) => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1

/** The responses of all units to the selected word, sorted. */
function response({data: {response: {word, values}}, ramp}) {
  if (!values) return null
  const sorted = Float32Array.from(values).sort()
  return {caption: `${written(sorted.length)} units, by their response to “${word}”`, height: HEIGHT, marks: bars(sorted, ramp, largest(sorted))}
}

/** The mean response of every chip to every cloud. */
function links({data: {clusters: {k, weight}}, ramp}) {
  const side = Math.min(MOST_CELL, WIDTH / k)
  const most = largest(weight)
  const marks = Array.from(weight, (value, i) =>
    rect((i % k) * side, Math.floor(i / k) * side, side - 1, side - 1, rampColour(ramp, value, most)))
  return {caption: `clouds (rows) and chips (columns), to ±${most.toPrecision(2)}`, height: k * side, marks}
}

/** The bars of the chip that moves most in the first sentence. */
function sentence({data: {sentences: [first]}, ramp}) {
  if (!first?.k || !first.words.length) return null
  const {k, positive, negative, words} = first
  const of = (cluster) => words.map((_, t) => positive[t * k + cluster] + negative[t * k + cluster])
  const movement = (values) => values.reduce((sum, value, t) => sum + (t ? Math.abs(value - values[t - 1]) : 0), 0)
  const all = Array.from({length: k}, (_, cluster) => of(cluster))
  const chosen = all.reduce((best, values, i) => (movement(values) > movement(all[best]) ? i : best), 0)
  return {
    caption: `chip ${chosen + 1}: ${words.join(" ")}`, height: HEIGHT,
    marks: bars(all[chosen], ramp, largest(all[chosen])),
  }
}

export const FIGURES = {response, links, sentence}

function drawFigure(page, name, scene) {
  const drawn = FIGURES[name](scene)
  if (!drawn) return
  const figure = html(page, "figure")
  const node = svg(figure, "svg", {
    width: WIDTH, height: drawn.height, viewBox: `0 0 ${WIDTH} ${drawn.height}`, role: "img", "aria-label": drawn.caption,
  })
  for (const mark of drawn.marks) svg(node, ...mark)
  html(figure, "figcaption", "", drawn.caption)
}

/** Opens the page over the view. */
export function openExplanation(scene, send) {
  const {panel, page, leaving} = makePanel(scene.root, "help explanation", "How it works", "How it works")
  page.tabIndex = 0
  leaving("Take the tour", () => startTour(scene, send))
  leaving("Close").autofocus = true
  for (const [kind, text] of EXPLANATION) {
    if (kind === "figure") drawFigure(page, text, scene)
    else if (kind === "equation") html(page, "p", "equation", text)
    else html(page, kind, "", text)
  }
  panel.showModal()
}
