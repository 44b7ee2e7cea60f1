/** One sentence on the screen: its rows in view, words beside their glyphs, the strip of all. */

import {glyphPaths} from "./glyphs.js"
import {
  clampScroll, clusterAt, layRows, partsOf, positionAt, positionOnStrip, rowTop, scrollTo,
  visibleRows,
} from "./sentence_boxes.js"
import {SentenceHead} from "./sentence_head.js"
import {keyed, set, svg} from "./svg.js"
import {shorten} from "./text.js"
import {thoughtAt} from "./thoughts.js"

const LABEL = {size: 12, weight: 500}
const GAUGE = {width: 26, height: 2.5, gap: 5}
const WORD_LINE = 0.55
const THOUGHT_BELOW = 12

let made = 0

function makeLabel(_, parent) {
  const node = svg(parent, "g", {class: "label"})
  const [word, track, fill] = [
    svg(node, "text", {class: "token"}),
    svg(node, "rect", {class: "track", height: GAUGE.height}),
    svg(node, "rect", {class: "gauge", height: GAUGE.height}),
  ]
  return Object.assign(node, {parts: {word, track, fill, thought: svg(node, "text", {})}})
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

  /**
   * Takes its place: the head's height decides where the rows begin. `colours` of words by the
   * names in `sentence.tags`.
   */
  lay(sentence, {index, box, mirrored, colours}) {
    Object.assign(this, {sentence, index, box, colours})
    const head = this.head.draw(sentence, {index, box, stretch: this.stretch})
    this.parts = partsOf(box, head, mirrored)
    this.rows = layRows(sentence.words.length, this.parts, this.stretch)
    this.scrolled = clampScroll(this.rows, this.scrolled)
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
      this.drawThought(parts, position, x, y + THOUGHT_BELOW)
    }
  }

  drawThought({track, fill, thought}, position, x, y) {
    const found = thoughtAt(this.sentence, position)
    thought.textContent = found?.text ?? ""
    set(thought, {class: `thought ${found?.sign ?? ""}`, x, y})
    const share = found?.share ?? null
    const beside = thought.textContent.length * 5.6 + GAUGE.gap
    const left = this.parts.words.mirrored ? x + beside : x - beside - GAUGE.width
    const seen = share !== null && this.parts.words.width > beside + GAUGE.width
    set(track, {x: left, y: y - 4.5, width: seen ? GAUGE.width : 0})
    set(fill, {x: left, y: y - 4.5, width: seen ? GAUGE.width * share : 0})
  }

  /** The whole sentence as a strip, the words in view marked on it. */
  drawStrip({from, to}) {
    const {top, height, strip} = this.parts
    const count = Math.max(1, this.sentence.words.length)
    const all = to - from + 1 >= count
    set(this.strip, {...strip, y: top, height: this.sentence.words.length ? height : 0})
    set(this.inView, {
      ...strip, y: top + (height * from) / count,
      height: all ? 0 : (height * (to - from + 1)) / count,
    })
  }

  /** Where a word stands, as text and as the start of its links. */
  lineOf(position) {
    return rowTop(this.rows, position, this.scrolled) + WORD_LINE * this.rows.row
  }

  /** What stands at a point of the view: {sentence, position, cluster}; null outside of rows. */
  at(x, y) {
    if (x < this.box.left || x > this.box.left + this.box.width) return null
    const position = positionAt(this.rows, y, this.scrolled)
    if (position === null) return null
    const cluster = this.sentence.k ? clusterAt(this.parts.glyph, this.sentence.k, x) : null
    return {sentence: this.index, position, cluster}
  }

  /** The word that a drag at a point begins or ends with; on the strip, of the whole sentence. */
  reach(x, y, onStrip) {
    const {top, height} = this.parts
    if (onStrip) return positionOnStrip(this.sentence.words.length, {top, height}, y)
    const inside = Math.min(top + height - 1, Math.max(top, y))
    const content = top + Math.min(height, this.rows.content) - 1
    return positionAt(this.rows, Math.min(inside, content), this.scrolled)
  }

  isOnStrip(x) {
    const {strip} = this.parts
    return x >= strip.x - 2 && x <= strip.x + strip.width + 2
  }

  /** Frames a word of those in view, or none. */
  light(position) {
    const {from, to} = this.rows
    const lit = position !== null && position >= from && position <= to
    this.frame.classList.toggle("shown", lit)
    if (!lit) return
    const {glyph} = this.parts
    set(this.frame, {
      x: glyph.x - 4, y: rowTop(this.rows, position, this.scrolled) + 0.5,
      width: glyph.width + 8, height: this.rows.row - 1,
    })
  }

  /** Shades the words {from, to} that a drag has reached so far; null for none. */
  shade(stretch) {
    if (!stretch) return set(this.brush, {height: 0})
    const {left, width} = this.box
    const y = rowTop(this.rows, stretch.from, this.scrolled)
    const height = (stretch.to - stretch.from + 1) * this.rows.row
    return set(this.brush, {x: left, y, width, height})
  }

  /** Moves rows that are more than fit; tells whether anything moved. */
  scroll(by) {
    return this.moveTo(clampScroll(this.rows, this.scrolled - by))
  }

  /** Brings a word into view. */
  show(position) {
    return this.moveTo(scrollTo(this.rows, position, this.scrolled))
  }

  moveTo(scrolled) {
    const moved = scrolled !== this.scrolled
    this.scrolled = scrolled
    if (moved) this.draw(this.extent, this.keepShown)
    return moved
  }
}
