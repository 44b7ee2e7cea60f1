/** One sentence on the screen: its heading, the rows in view, and the strip of the whole sentence. */

import {html, keyed, place, set, svg} from "../scene/elements.js"
import {shorten, written} from "../scene/text.js"
import {glyphPaths} from "./glyphs.js"
import {predictionAt} from "./predictions.js"
import {
  clampScroll, clusterAt, layRows, partsOf, positionAt, positionOnStrip, rowTop, scrollTo,
  visibleRows,
} from "./sentence_layout.js"

const LABEL = {size: 12, weight: 500}
const GAUGE = {width: 26, height: 2.5, gap: 5}
const WORD_LINE = 0.55
const PREDICTION_BELOW = 12
const CHARACTER = 6.4 // mean width in the line of the prediction

let made = 0

/** The heading: title, verdict, remark, and buttons marked with what they do (sentence_input.js). */
class SentenceHead {
  constructor(root) {
    this.node = html(root, "div", "sentence-head")
    const line = html(this.node, "div", "name")
    this.name = html(line, "span", "title")
    this.remove = html(line, "button", "remove", "×")
    this.verdict = html(this.node, "div", "verdict")
    this.start = html(this.node, "div", "start")
    this.remark = html(this.node, "div", "remark")
    this.silenced = html(this.node, "div", "silenced-text")
    this.meaning = html(this.node, "div", "meaning-text")
    this.undo = html(this.node, "button", "undo")
    this.whole = html(this.node, "button", "whole")
  }

  draw({title, verdict, start, note, words, silenced}, {index, box, stretch}) {
    this.name.textContent = title
    this.verdict.textContent = verdict
    this.start.textContent = start ?? ""
    this.remark.textContent = note
    this.silenced.textContent = silenced?.text ?? ""
    this.meaning.textContent = silenced?.meaning ?? ""
    this.undo.textContent = silenced ? "undo" : ""
    this.whole.textContent = stretch
      ? `words ${stretch.from + 1} to ${stretch.to + 1} of ${written(words.length)}: show all` : ""
    this.remove.dataset.remove = this.whole.dataset.whole = index
    this.remove.ariaLabel = `Remove ${title}: ${words.slice(0, 8).join(" ")}`
    place(this.node, {left: box.left, top: box.top, width: box.width, maxHeight: box.height})
    return this.node.offsetHeight
  }
}

function makeLabel(_, parent) {
  const node = svg(parent, "g", {class: "label"})
  const word = svg(node, "text", {class: "token"})
  const [track, fill] = ["track", "gauge"].map((name) =>
    svg(node, "rect", {class: name, height: GAUGE.height}))
  return Object.assign(node, {parts: {word, track, fill, prediction: svg(node, "text")}})
}

export class SentencePane {
  constructor(parent, root) {
    this.node = svg(parent, "g", {class: "sentence"})
    this.strip = svg(this.node, "rect", {class: "strip", rx: 2})
    this.inView = svg(this.node, "rect", {class: "in-view", rx: 2})
    made += 1
    const id = `sentence-clip-${made}`
    this.clip = svg(svg(this.node, "clipPath", {id}), "rect")
    const window = svg(this.node, "g", {"clip-path": `url(#${id})`})
    this.frame = svg(window, "rect", {class: "frame", rx: 4})
    this.brush = svg(window, "rect", {class: "brush", rx: 4})
    this.marks = svg(window, "g", {class: "marks"})
    this.sheet = svg(this.node, "rect", {class: "sheet", tabindex: 0, role: "group"})
    this.head = new SentenceHead(root)
    this.paths = new Map()
    this.labels = new Map()
    this.scrolled = 0
    this.stretch = null
  }

  remove() {
    this.node.remove()
    this.head.node.remove()
  }

  /** Lays out the rows below the heading. `colours`: of words, by the names in `sentence.tags`. */
  lay(sentence, {index, box, mirrored, colours}) {
    Object.assign(this, {sentence, index, box, colours})
    const head = this.head.draw(sentence, {index, box, stretch: this.stretch})
    this.parts = partsOf(box, head, mirrored)
    this.rows = layRows(sentence.words.length, this.parts, this.stretch)
    this.scrolled = clampScroll(this.rows, this.scrolled)
  }

  /** Takes other rows, as of alignRows. */
  arrange(rows, scrolled) {
    this.rows = rows
    this.parts = {...this.parts, top: rows.top, height: rows.height}
    this.scrolled = clampScroll(rows, scrolled)
  }

  /** Draws the rows in view; `extent` is the value at the end of the scale. */
  draw(extent, keepShown) {
    const {sentence, parts, rows, scrolled} = this
    Object.assign(this, {extent, keepShown})
    const words = visibleRows(rows, scrolled)
    const shown = keepShown ? sentence : {...sentence, keep: undefined}
    const paths = sentence.k
      ? glyphPaths(shown, {rows, scrolled, glyph: parts.glyph, extent, words}) : {}
    keyed(this.marks, this.paths, Object.keys(paths), (kind, parent) =>
      svg(parent, "path", {class: `mark ${kind}`}))
    for (const [kind, node] of this.paths) set(node, {d: paths[kind]})
    this.drawLabels(words)
    this.drawStrip(words)
    const {left, width} = this.box
    for (const node of [this.clip, this.sheet]) {
      set(node, {x: left, y: parts.top, width, height: parts.height})
    }
    set(this.sheet, {"aria-label": `${sentence.title}: ${sentence.words.slice(0, 40).join(" ")}`})
  }

  drawLabels({from, to}) {
    const positions = Array.from({length: Math.max(0, to - from + 1)}, (_, i) => from + i)
    keyed(this.marks, this.labels, positions, makeLabel)
    const unknown = new Set(this.sentence.unknown)
    for (const [position, {parts}] of this.labels) {
      const {x, width} = this.parts.words
      const y = this.lineOf(position)
      parts.word.textContent = shorten(
        this.sentence.words[position], LABEL.size, LABEL.weight, width)
      parts.word.classList.toggle("unknown", unknown.has(position))
      parts.word.style.fill = this.colours[this.sentence.tags?.[position]] ?? ""
      set(parts.word, {x, y})
      this.drawPrediction(parts, position, x, y + PREDICTION_BELOW)
    }
  }

  drawPrediction({track, fill, prediction}, position, x, y) {
    const found = predictionAt(this.sentence, position) ?? {text: "", sign: ""}
    const {sign, fraction = null} = found
    const {width, mirrored} = this.parts.words
    const text = found.text.length * CHARACTER > width ? found.short ?? found.text : found.text
    prediction.textContent = text
    set(prediction, {class: `prediction ${sign}`, x, y})
    const offset = text.length * CHARACTER + GAUGE.gap
    const left = mirrored ? x + offset : x - offset - GAUGE.width
    const seen = fraction !== null && width > offset + GAUGE.width
    set(track, {x: left, y: y - 4.5, width: seen ? GAUGE.width : 0})
    set(fill, {x: left, y: y - 4.5, width: seen ? GAUGE.width * fraction : 0})
  }

  drawStrip({from, to}) {
    const {top, height, strip} = this.parts
    const count = Math.max(1, this.sentence.words.length)
    const shown = to - from + 1
    set(this.strip, {...strip, y: top, height: this.sentence.words.length ? height : 0})
    set(this.inView, {
      ...strip, y: top + (height * from) / count,
      height: shown >= count ? 0 : (height * shown) / count,
    })
  }

  /** The baseline of a word, where its links start too. */
  lineOf(position) {
    return this.topOf(position) + WORD_LINE * this.rows.row
  }

  topOf(position) {
    return rowTop(this.rows, position, this.scrolled)
  }

  /** The target at a point of the view: {sentence, position, cluster}; null outside the rows. */
  at(x, y) {
    if (x < this.box.left || x > this.box.left + this.box.width) return null
    const position = positionAt(this.rows, y, this.scrolled)
    if (position === null) return null
    const cluster = this.sentence.k ? clusterAt(this.parts.glyph, this.sentence.k, x) : null
    return {sentence: this.index, position, cluster}
  }

  /** The word at which a drag at height `y` begins or ends; on the strip, of the whole sentence. */
  reach(y, onStrip) {
    const {top, height} = this.parts
    if (onStrip) return positionOnStrip(this.sentence.words.length, {top, height}, y)
    const last = top + Math.min(height, this.rows.content) - 1
    return positionAt(this.rows, Math.min(last, Math.max(top, y)), this.scrolled)
  }

  isOnStrip(x) {
    const {strip} = this.parts
    return x >= strip.x - 2 && x <= strip.x + strip.width + 2
  }

  light(position) {
    const {from, to, row} = this.rows
    const lit = position !== null && position >= from && position <= to
    this.frame.classList.toggle("shown", lit)
    if (!lit) return
    const {x, width} = this.parts.glyph
    set(this.frame, {x: x - 4, y: this.topOf(position) + 0.5, width: width + 8, height: row - 1})
  }

  /** Shades the words {from, to} of a drag in progress; null for none. */
  shade(stretch) {
    const {from, to} = stretch ?? {from: 0, to: -1}
    const {left: x, width} = this.box
    set(this.brush, {x, y: this.topOf(from), width, height: (to - from + 1) * this.rows.row})
  }

  scroll(by) {
    this.moveTo(clampScroll(this.rows, this.scrolled - by))
  }

  show(position) {
    this.moveTo(scrollTo(this.rows, position, this.scrolled))
  }

  moveTo(scrolled) {
    if (scrolled === this.scrolled) return
    this.scrolled = scrolled
    this.draw(this.extent, this.keepShown)
  }
}
