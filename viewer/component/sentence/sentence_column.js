/** All sentences shown, on one scale, and the links of one word to the chips. */

import {html, keyed, place, set, svg} from "../scene/elements.js"
import {linkOpacity, linkPath, linkWidth, shownRange} from "../scene/links.js"
import {behind, frontEdge} from "../scene/mirror.js"
import {SCALES} from "../scene/shared_scales.js"
import {barsShown, inBars, reachesOf, scaleEnd, wordLinks} from "./glyphs.js"
import {paneBoxes} from "./sentence_layout.js"
import {SentencePane} from "./sentence_pane.js"

const INDEX_ROOM = 23
const NARROW = 0.55
const NONE = "No sentence is shown. Type one in the panel, or pick a recorded one."

const TITLES = {
  states: ["State after each word", "States"],
  deviations: ["State less its recorded mean", "Less mean"],
  changes: ["Change by each word", "Changes"],
}

/** What the bars are, the end of their scale, and whether some are broken at it. */
function titleOf(bars, extent, broken, narrow) {
  const what = TITLES[bars][narrow ? 1 : 0]
  return `${what}, to ±${extent.toPrecision(2)}${broken ? "; broken: more" : ""}`
}

export class SentenceColumn {
  constructor(picture, root) {
    this.root = root
    this.group = svg(picture, "g", {class: "sentences"})
    this.links = svg(this.group, "g", {class: "word-links"})
    this.title = svg(this.group, "text", {class: "head outer", y: 17})
    this.hint = html(root, "div", "hint", NONE)
    this.kept = new Map()
    this.panes = []
    this.hovered = null
    this.step = null
    this.extent = 0
    this.reaches = []
  }

  /** Draws every sentence; a pane keeps its scroll and zoom while its sentence stays. */
  draw(sentences, {frame, packing, data: {look, clusters}}) {
    const {mirrored, sentence: column} = frame
    Object.assign(this, {packing, look, clusters, mirrored, narrow: column.width < 200})
    this.bars = barsShown(look, clusters)
    const keys = sentences.map(({key}) => key)
    keyed(this.group, this.kept, keys, (_, parent) => new SentencePane(parent, this.root))
    set(this.title, {x: mirrored ? column.left + column.width : column.left})
    this.hint.hidden = sentences.length > 0
    place(this.hint, {left: column.left, top: column.top, width: column.width})
    const boxes = paneBoxes(sentences.length, column, look.sentence_layout)
    const drawn = sentences.map((sentence) => inBars(this.bars, sentence, clusters.means))
    const colours = look.by_tag ? look.tags : {}
    this.panes = drawn.map((sentence, index) => {
      const pane = this.kept.get(keys[index])
      pane.lay(sentence, {index, box: boxes[index], mirrored, colours})
      return pane
    })
    this.drawPanes()
  }

  /** Draws on one scale for all words in view of the zoom, here and in the other pane. */
  drawPanes() {
    const drawn = this.panes.filter(({sentence}) => sentence.k)
    this.reaches = drawn.flatMap(({sentence, rows}) => reachesOf(sentence, rows))
    this.extent = scaleEnd(this.reaches)
    SCALES.extent.note(this, this.extent, (other) => other.drawOnScale())
    this.drawOnScale()
  }

  /** Removes its bars from the scale that panes share. */
  leave() {
    SCALES.extent.note(this, null, (other) => other.drawOnScale())
  }

  drawOnScale() {
    const {own_scales: ownScales, keep_shown: keepShown} = this.look
    const extent = ownScales ? this.extent : SCALES.extent.largest
    for (const pane of this.panes) pane.draw(extent, keepShown)
    const broken = this.reaches.some((reach) => reach > extent)
    this.title.textContent = extent ? titleOf(this.bars, extent, broken, this.narrow) : ""
    this.light(this.hovered)
  }

  at(x, y) {
    return this.panes.map((pane) => pane.at(x, y)).find(Boolean) ?? null
  }

  paneAt(x, y) {
    return this.panes.find(({box: {left, top, width, height}}) =>
      x >= left && x <= left + width && y >= top && y <= top + height)
  }

  /** Frames the word pointed at, or else the selected step, and draws its links. */
  light(glyph) {
    this.hovered = glyph
    const [sentence, position] = glyph ? [glyph.sentence, glyph.position] : (this.step ?? [])
    this.links.replaceChildren()
    for (const pane of this.panes) {
      const lit = pane.index === sentence && position < pane.sentence.words.length
      pane.light(lit ? position : null)
      if (lit && pane.sentence.k) this.drawLinks(pane, position)
    }
  }

  isLit(glyph) {
    const {hovered} = this
    return hovered?.sentence === glyph?.sentence && hovered?.position === glyph?.position
  }

  /** Scrolls the sentence pointed at; its links follow. */
  scroll(glyph, by) {
    this.panes[glyph.sentence].scroll(by)
    this.light(this.hovered)
  }

  drawLinks(pane, position) {
    const y = pane.lineOf(position)
    const {top, height, glyph} = pane.parts
    if (y < top || y > top + height) return
    const start = frontEdge({x: glyph.x - 5, width: glyph.width + 10}, this.mirrored)
    for (const link of wordLinks(pane.sentence, position, shownRange(this.look, this.clusters)[0])) {
      const chip = this.packing.chips[link.units]
      const end = behind(chip, INDEX_ROOM, this.mirrored)
      svg(this.links, "path", {
        class: link.weight > 0 ? "word-link positive" : "word-link negative",
        d: linkPath(start, y, end, chip.y + chip.height / 2),
        "stroke-width": linkWidth(link.strength) * NARROW,
        "stroke-opacity": linkOpacity(link.strength) + 0.25,
      })
    }
  }
}
