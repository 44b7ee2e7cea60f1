/** The main view: what is computed from the data, in which order, and what is drawn anew. */

import {arrangeClouds, wordsByCluster} from "./arrange.js"
import {drawLegend, paintCells} from "./cells.js"
import {packChips, unitsByCluster} from "./chips.js"
import {grownBy, readPin, together} from "./choosing.js"
import {makeRamp} from "./colours.js"
import {describeSelection, legendTitle} from "./describe.js"
import {drawChips, drawClouds, drawHeads, drawLinks} from "./drawing.js"
import {applyFocus, reached} from "./focus.js"
import {shownColumns, frameOf} from "./layout.js"
import {selectLinks} from "./links.js"
import {mirrored} from "./mirror.js"
import {SCALES} from "./scales.js"
import {columnsOf} from "./sentence_boxes.js"
import {makeSheets} from "./sheets.js"
import {drawTags, takeLegend} from "./tags.js"
import {textWidth} from "./text.js"

const GLIDE_MS = 190

export class Scene {
  constructor(root) {
    this.root = root
    // Told by an observer: asking the element each time would lay out the whole page each time.
    this.size = {width: 0, height: 0}
    this.data = {}
    this.release()
    this.asked = null // what the server asks to pin, until it is drawn
    this.drawn = () => {}
    this.presented = () => {}
    Object.assign(this, makeSheets(root))
  }

  /** Takes new values of some of the model's parameters. */
  take(changes) {
    if (changes.clusters && changes.clusters.k !== this.data.clusters?.k) this.release()
    Object.assign(this.data, changes)
    if (changes.selection) this.sentence.step = changes.selection.step ?? null
    if (changes.pinned?.name !== undefined) this.asked = changes.pinned.name
    if (changes.look) this.dress(changes.look)
    if (changes.response) this.noteClip(changes.response.clip ?? 0)
  }

  /** Tells the pane beside this one the response at the ends of the colours; null on leaving. */
  noteClip(clip) {
    SCALES.clip.note(this, clip, (other) => other.frame && other.recolour())
  }

  /** Takes the colours of a theme: for the canvas here, for everything else as CSS properties. */
  dress({ramp, colours, presentation, enlarged}) {
    this.ramp = makeRamp(ramp)
    for (const [name, value] of Object.entries(colours)) {
      document.documentElement.style.setProperty(`--${name}`, value)
    }
    document.documentElement.dataset.present = presentation.join(" ")
    document.documentElement.style.setProperty("--enlarged", enlarged)
    this.enlarged = enlarged
    this.presented(presentation)
  }

  /** Forgets what is pinned and grown. */
  release() {
    this.pinned = null
    this.hovered = null
    this.cursor = null
    this.grown = new Set()
  }

  /** Pins a chip or cloud, or nothing. */
  hold(focus) {
    this.pinned = focus
    this.grown = focus ? grownBy(focus, this.data) : new Set()
  }

  get focus() {
    return this.hovered ?? this.pinned
  }

  get ready() {
    return Boolean(this.data.clusters?.k && this.size.width && !this.data.problem)
  }

  /** Ids of the selected words, the first one first. */
  get selectedWords() {
    return together(this.data.selection.word, this.data.selection.overlaid)
  }

  /** The word that the keyboard walked to, or undefined. */
  get cursorWord() {
    return this.clouds[this.cursor.cluster].words[this.cursor.index]?.id
  }

  get selectedUnits() {
    return together(this.data.selection.unit, this.data.selection.beside)
  }

  /** Where an event of the pointer stands, in pixels of the view, which may be shown enlarged. */
  pointAt({clientX, clientY}) {
    const {left, top} = this.root.getBoundingClientRect()
    return [(clientX - left) / this.enlarged, (clientY - top) / this.enlarged]
  }

  /** Tells those who do not see the picture. */
  say(text) {
    if (this.live.textContent !== text) this.live.textContent = text
  }

  /** The response at the ends of the colours: the one chosen, or the data's own or largest. */
  get clip() {
    const {look, response} = this.data
    return look.clip ?? (look.own_scales ? response.clip : SCALES.clip.largest)
  }

  /** Lays out and draws everything anew. */
  draw() {
    const {problem, look} = this.data
    this.message.textContent = problem ?? ""
    this.root.classList.toggle("failed", Boolean(problem))
    if (!this.ready) return
    this.lay()
    drawChips(this.layers.chips, this)
    this.sentence.draw(this.data.sentences, this)
    drawTags(this.tagNames, this.tagLegend, look, this.frame.clouds)
    drawHeads(this.heads, this)
    this.drawWords()
    this.root.dataset.drawn = this.data.clusters.key
    this.drawn()
  }

  /** Draws the clouds and what depends on where they stand. */
  drawWords() {
    drawLinks(this.layers.links, this)
    drawClouds(this.layers.clouds, {clouds: this.clouds, colourOf: (id) => this.colourOf(id)})
    this.light()
  }

  lay() {
    const {vocabulary, clusters, look} = this.data
    const {k} = clusters
    if (this.asked !== null) this.hold(readPin(this.asked))
    this.asked = null
    const side = columnsOf(this.data.sentences.length, look.sentence_layout)
    this.frame = frameOf(this.size.width, this.size.height, look.presentation, side)
    this.tagLegend = takeLegend(this.frame.clouds, vocabulary, look, textWidth)
    this.units = unitsByCluster(clusters.unit_cluster, clusters.unit_order, k)
    this.words = wordsByCluster(vocabulary, clusters)
    const sizes = this.units.map((units) => units.length)
    this.packing = packChips(sizes, this.frame.chips, look.layout)
    this.links = selectLinks(clusters, look.link_range, this.pinned)
    this.clouds = arrangeClouds(this.words, this.frame.clouds, {
      asked: look.words_per_cloud, selected: this.selectedWords, grown: this.grown,
      measure: textWidth,
    })
    if (this.data.mirror) Object.assign(this, mirrored(this))
    this.root.classList.toggle("mirrored", Boolean(this.data.mirror))
    this.root.classList.toggle("tagged", look.by_tag)
    this.root.dataset.columns = shownColumns(look.presentation)
  }

  /** Colour of a word: its part of speech where that is asked for, else the ink of the page. */
  colourOf(id) {
    const {vocabulary, look} = this.data
    const tag = vocabulary.tags[vocabulary.place.get(id)]
    return (look.by_tag && look.tags[tag]) || look.colours.ink
  }

  /** Shows response, selection and focus on what is drawn already. */
  light() {
    this.recolour()
    this.mark()
    this.sentence.light(this.sentence.hovered)
  }

  /** Paints the units for the response at hand, on the canvas or on what stands in for it. */
  paint(canvas) {
    const {response, look} = this.data
    const lit = this.focus ? reached(this.focus, this.layers.links.links).chips : null
    paintCells(canvas, {
      frame: this.frame, packing: this.packing, units: this.units, ramp: this.ramp,
      values: response.values, clip: this.clip, outlined: this.selectedUnits, style: look.colours,
      cursor: this.cursor?.kind === "chip" ? this.cursor : null,
      density: (window.devicePixelRatio || 1) * this.enlarged,
      faint: (cluster) => lit !== null && !lit.has(cluster),
    })
  }

  /** Paints units and legend. */
  recolour() {
    const {response} = this.data
    this.paint(this.canvas)
    const legend = response.values
      ? {label: legendTitle(response), clip: this.clip}
      : {label: response.note ?? "", clip: null}
    drawLegend(this.legend, {frame: this.frame, ramp: this.ramp, ...legend})
  }

  /** Underlines the selected words and lights up what belongs to the focus. */
  mark() {
    const selected = this.selectedWords
    for (const node of this.layers.clouds.clouds.values()) {
      for (const [id, word] of node.parts.kept) {
        const place = selected.indexOf(id)
        word.classList.toggle("selected", place >= 0)
        word.classList.toggle("cursor", this.cursor?.kind === "cloud" && id === this.cursorWord)
        word.style.setProperty("--selected", this.data.look.words[place] ?? null)
      }
    }
    this.markFocus()
  }

  /** Shows what is pointed at, while nothing else has changed. */
  refocus() {
    this.paint(this.canvas)
    this.markFocus()
  }

  markFocus() {
    const {links, chips, clouds} = this.layers
    applyFocus(this.root, this.focus, {
      links: links.links, chips: chips.chips, clouds: clouds.clouds,
    })
  }

  /** Shows a new selection or response, laying out anew only where a hidden word was selected. */
  select() {
    if (!this.ready) return
    this.say(describeSelection(this.data))
    const shown = new Set(this.clouds.flatMap((cloud) => cloud.words.map(({id}) => id)))
    const known = this.selectedWords.filter((id) => this.data.vocabulary.place.has(id))
    if (!known.every((id) => shown.has(id))) return this.glide()
    this.light()
    return undefined
  }

  /** Lets clouds and words glide to new places; chips and sentences stay as they are. */
  glide() {
    this.root.classList.add("gliding")
    this.lay()
    this.drawWords()
    this.drawn()
    clearTimeout(this.gliding)
    this.gliding = setTimeout(() => this.root.classList.remove("gliding"), GLIDE_MS)
  }
}
