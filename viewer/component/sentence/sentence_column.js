/** All sentences shown, on one scale, and the links of one word to the chips. */

import {cellKind} from "../chips/cell_names.js"
import {html, keyed, place, set, svg} from "../scene/elements.js"
import {linkOpacity, linkPath, linkWidth, shownRange} from "../scene/links.js"
import {behind, frontEdge} from "../scene/mirror.js"
import {SCALES} from "../scene/shared_scales.js"
import {textWidth} from "../scene/text.js"
import {barsShown, inBars, reachesOf, scaleEnd, wordLinks} from "./glyphs.js"
import {drawKey, keyEntries, layKey} from "./sentence_key.js"
import {alignRows, paneBoxes, scrollTo} from "./sentence_layout.js"
import {SentencePane} from "./sentence_pane.js"
import {dashOf, drawEffects, effectRows, effectsHeight} from "./step_effects.js"

const INDEX_ROOM = 23
const [NARROW, NARROWER] = [0.55, 0.35]
const APART = 4 // pixels
const NARROW_COLUMN = 200 // pixels
const CLEAR = 12 // pixels between the effects and the legend of the chips
const NONE = "No sentence is shown. Type one in the panel, or pick a recorded one."

const TITLES = {
  states: ["State after each word", "States"],
  deviations: ["State less its recorded mean", "Less mean"],
  changes: ["Change by each word", "Changes"],
}

/** Names the steps that are compared, those of two sentences or more; "" where none are. */
function comparedSteps(steps) {
  return steps.length > 1 ? String(steps) : ""
}

/** What the bars are, the end of their scale, and whether some are broken at it. */
function titleOf(bars, extent, broken, width) {
  const end = `, to ±${extent.toPrecision(2)}${broken ? "; broken: more" : ""}`
  return `${TITLES[bars][width < NARROW_COLUMN ? 1 : 0]}${end}`
}

export class SentenceColumn {
  constructor(picture, root) {
    this.root = root
    this.group = svg(picture, "g", {class: "sentences"})
    this.links = svg(this.group, "g", {class: "word-links"})
    this.effects = svg(this.group, "g", {class: "effects"})
    this.key = svg(this.group, "g", {class: "sentence-key"})
    this.title = svg(this.group, "text", {class: "head outer", y: 17})
    this.hint = html(root, "div", "hint", NONE)
    this.kept = new Map()
    this.panes = []
    this.hovered = null
    this.steps = []
    this.drawnFor = ""
    this.extent = 0
    this.reaches = []
  }

  /** Draws every sentence; a pane keeps its scroll and zoom while its sentence stays. */
  draw(sentences, {frame, packing, data: {look, clusters}}) {
    const {mirrored} = frame
    Object.assign(this, {packing, look, clusters, mirrored, width: frame.sentence.width})
    this.bars = barsShown(look, clusters)
    const column = this.drawKey(sentences, frame.sentence)
    const keys = sentences.map(({key}) => key)
    keyed(this.group, this.kept, keys, (_, parent) => new SentencePane(parent, this.root))
    set(this.title, {x: mirrored ? column.left + column.width : column.left})
    this.hint.hidden = sentences.length > 0
    place(this.hint, {left: column.left, top: column.top, width: column.width})
    const rows = effectRows(sentences, this.steps)
    const room = column.height - effectsHeight(rows.length)
    const boxes = paneBoxes(sentences.length, {...column, height: room}, look.sentence_layout)
    drawEffects(this.effects, rows, {
      top: column.top + room, left: column.left + (mirrored ? CLEAR : 0), width: column.width - CLEAR,
      mirrored,
    })
    const drawn = sentences.map((sentence) => inBars(this.bars, sentence, clusters.means))
    const colours = look.by_tag ? look.tags : {}
    this.panes = drawn.map((sentence, index) => {
      const pane = this.kept.get(keys[index])
      pane.lay(sentence, {index, box: boxes[index], mirrored, colours})
      return pane
    })
    this.align()
    this.drawPanes()
  }

  /** Draws the key, and returns what it leaves of the column. */
  drawKey(sentences, column) {
    const {bars, look, mirrored, clusters} = this
    const entries = keyEntries(sentences, {bars, kind: cellKind(clusters), keepShown: look.keep_shown})
    const key = layKey(entries, column.width - CLEAR, mirrored, textWidth)
    drawKey(this.key, key, column.left + (mirrored ? CLEAR : 0))
    const below = Math.max(0, key.height - column.top)
    return {...column, top: column.top + below, height: column.height - below}
  }

  /** Draws again where steps of several sentences are compared that were not; else lights them. */
  chosen(scene) {
    if (comparedSteps(this.steps) === this.drawnFor) this.light(this.hovered)
    else this.draw(scene.data.sentences, scene)
  }

  /** Puts the selected words of sentences side by side on one height. */
  align() {
    const compared = comparedSteps(this.steps)
    const anew = compared !== this.drawnFor
    this.drawnFor = compared
    for (const pane of this.panes) pane.aligned = [pane]
    const positions = new Map(compared ? this.steps : [])
    const chosen = this.panes.filter(({index, rows: {from, to}}) =>
      positions.get(index) >= from && positions.get(index) <= to)
    for (const top of new Set(chosen.map(({box}) => box.top))) {
      const row = chosen.filter(({box}) => box.top === top)
      if (row.length < 2) continue
      const shown = row.map(({index}) => positions.get(index))
      const rows = alignRows(row.map((pane) => pane.rows), shown)
      const scrolled = anew ? scrollTo(rows[0], shown[0], row[0].scrolled) : row[0].scrolled
      row.forEach((pane, i) => {
        pane.aligned = row
        pane.arrange(rows[i], scrolled)
      })
    }
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
    this.title.textContent = extent
      ? titleOf(this.bars, extent, broken, this.width)
      : ""
    this.light(this.hovered)
  }

  at(x, y) {
    return this.panes.map((pane) => pane.at(x, y)).find(Boolean) ?? null
  }

  paneAt(x, y) {
    return this.panes.find(({box: {left, top, width, height}}) =>
      x >= left && x <= left + width && y >= top && y <= top + height)
  }

  /** Frames the word pointed at, or else the selected step, of each sentence, and draws the links of
   * all. */
  light(glyph) {
    this.hovered = glyph
    const lit = new Map(this.steps)
    if (glyph) lit.set(glyph.sentence, glyph.position)
    this.links.replaceChildren()
    for (const pane of this.panes) {
      const position = lit.get(pane.index) ?? null
      const known = position !== null && position < pane.sentence.words.length
      pane.light(known ? position : null)
      if (known && pane.sentence.k) this.drawLinks(pane, position, pane.index !== this.steps[0]?.[0])
    }
  }

  isLit(glyph) {
    const {hovered} = this
    return hovered?.sentence === glyph?.sentence && hovered?.position === glyph?.position
  }

  /** Scrolls the sentence pointed at, and those aligned with it; the links follow. */
  scroll(glyph, by) {
    for (const pane of this.panes[glyph.sentence].aligned) pane.scroll(by)
    this.light(this.hovered)
  }

  /**
   * Where links leave: in front of all sentences, so that they cross none of their glyphs; of steps that are compared, those of the first `apart` from those of the others.
   */
  leadOf(glyph, compared, y) {
    const edge = ({x, width}) => frontEdge({x: x - 5, width: width + 10}, this.mirrored)
    const fronts = this.panes.map(({parts}) => edge(parts.glyph))
    const start = this.mirrored ? Math.min(...fronts) : Math.max(...fronts)
    const apart = this.steps.length > 1 ? (compared ? APART : -APART) : 0
    return {from: edge(glyph), start, at: y + apart, apart}
  }

  /** Draws what a word changed; dashed where it is `compared` with another sentence's. */
  drawLinks(pane, position, compared) {
    const y = pane.lineOf(position)
    const {top, height, glyph} = pane.parts
    if (y < top || y > top + height) return
    const {from, start, at, apart} = this.leadOf(glyph, compared, y)
    if (from !== start) svg(this.links, "path", {class: "word-lead", d: `M${from} ${at}H${start}`})
    for (const link of wordLinks(pane.sentence, position, shownRange(this.look, this.clusters)[0])) {
      const chip = this.packing.chips[link.units]
      const end = behind(chip, INDEX_ROOM, this.mirrored)
      svg(this.links, "path", {
        "class": link.weight > 0 ? "word-link positive" : "word-link negative",
        "stroke-dasharray": dashOf(apart > 0),
        "d": linkPath(start, at, end, chip.y + chip.height / 2 + apart, apart),
        "stroke-width": linkWidth(link.strength) * (apart ? NARROWER : NARROW),
        "stroke-opacity": linkOpacity(link.strength) + 0.25,
      })
    }
  }
}
