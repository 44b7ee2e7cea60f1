/** The sentence: words beside their glyphs, and the links of one word to the chips. */

import {glyphAt, glyphPaths, layRows, wordLinks} from "./glyphs.js"
import {linkOpacity, linkPath, linkWidth} from "./links.js"
import {html, keyed, set, svg} from "./svg.js"
import {shorten} from "./text.js"

const LABEL_SHARE = 0.4
const INDEX_ROOM = 19
const NARROW = 0.55
const WORD_LINE = 0.65
const LABEL = {size: 12, weight: 500}

export class SentencePane {
  constructor(picture, root) {
    const group = svg(picture, "g", {class: "sentence"})
    this.links = svg(group, "g", {class: "word-links"})
    this.clip = svg(svg(group, "clipPath", {id: "sentence-clip"}), "rect")
    const window = svg(group, "g", {"clip-path": "url(#sentence-clip)"})
    this.marks = svg(window, "g", {class: "marks"})
    this.frame = svg(this.marks, "rect", {class: "frame", rx: 4})
    this.sheet = svg(group, "rect", {class: "sheet"})
    this.note = html(root, "div", "note")
    this.paths = new Map()
    this.labels = new Map()
    this.forget()
  }

  /** Starts at the top, nothing pinned. */
  forget() {
    this.scrolled = 0
    this.pinned = null
    this.hovered = null
  }

  draw(sentence, {box, packing, threshold}) {
    Object.assign(this, {sentence, packing, threshold})
    this.rows = this.rowsIn(box)
    const paths = sentence.k ? glyphPaths(sentence, this.rows) : {}
    keyed(this.marks, this.paths, Object.keys(paths), (kind, parent) =>
      svg(parent, "path", {class: `mark ${kind}`}))
    for (const [kind, node] of this.paths) set(node, {d: paths[kind]})
    this.drawWords()
    for (const node of [this.clip, this.sheet]) {
      set(node, {x: box.left, y: box.top, width: box.width, height: box.height})
    }
    this.note.textContent = sentence.note
    Object.assign(this.note.style, {
      left: `${box.left}px`, top: `${box.top + 4}px`, width: `${box.width}px`,
    })
    this.scroll(0)
  }

  rowsIn(box) {
    const rows = layRows(this.sentence.words.length, box)
    const label = box.width * LABEL_SHARE
    rows.label = box.left + label
    rows.glyph = {x: rows.label + 10, width: box.width - label - 14}
    return rows
  }

  drawWords() {
    const words = this.sentence.k ? this.sentence.words : []
    keyed(this.marks, this.labels, words.keys(), (_, parent) =>
      svg(parent, "text", {class: "token"}))
    words.forEach((word, t) => {
      const node = this.labels.get(t)
      node.textContent = shorten(word, LABEL.size, LABEL.weight, this.rows.label - this.rows.left)
      set(node, {x: this.rows.label, y: this.lineOf(t) + 3.5})
    })
  }

  lineOf(position) {
    return this.rows.top + (position + WORD_LINE) * this.rows.row
  }

  /** The word and cluster at a point of the view, or null. */
  at(x, y) {
    return glyphAt(this.rows, this.sentence.k, x, y - this.scrolled)
  }

  /** Frames the word pointed at, or else the pinned one, and draws its links. */
  light(position) {
    this.hovered = position
    const shown = position ?? this.pinned
    const {rows, sentence} = this
    const lit = shown !== null && shown < rows.count && sentence.k > 0
    this.links.replaceChildren()
    this.frame.classList.toggle("shown", lit)
    if (!lit) return
    set(this.frame, {
      x: rows.glyph.x - 4, y: rows.top + shown * rows.row + 0.5,
      width: rows.glyph.width + 8, height: rows.row - 1,
    })
    for (const link of wordLinks(sentence, shown, this.threshold)) this.drawLink(shown, link)
  }

  drawLink(position, {units, weight, share}) {
    const chip = this.packing.chips[units]
    const x = this.rows.glyph.x + this.rows.glyph.width + 5
    const end = chip.y + chip.height / 2
    svg(this.links, "path", {
      class: weight > 0 ? "word-link positive" : "word-link negative",
      d: linkPath(x, this.lineOf(position) + this.scrolled, chip.x - INDEX_ROOM, end),
      "stroke-width": linkWidth(share) * NARROW,
      "stroke-opacity": linkOpacity(share) + 0.25,
    })
  }

  /** Moves a sentence that is longer than the view. */
  scroll(by) {
    const {content, height} = this.rows
    this.scrolled = Math.min(0, Math.max(height - content, this.scrolled - by))
    this.marks.style.transform = `translateY(${this.scrolled}px)`
    this.light(this.hovered)
  }
}
