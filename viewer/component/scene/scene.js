/** The main view: what is computed from the data, in which order, and what is redrawn. */

import {paintCells} from "../chips/cell_canvas.js"
import {cellKind, legendTitles} from "../chips/cell_names.js"
import {cellsByCluster, packChips} from "../chips/chip_packing.js"
import {beyondEnds, drawLegend} from "../chips/response_legend.js"
import {arrangeClouds, wordsByCluster} from "../clouds/cloud_column.js"
import {drawTags, lightKind, takeLegend} from "../clouds/legend.js"
import {drawMatchLegend, takeMatchLegend} from "../clouds/match_marks.js"
import {stepsOf} from "../input/selection.js"
import {columnsOf} from "../sentence/sentence_layout.js"
import {makeRamp} from "./colours.js"
import {makeLayers} from "./dom_layers.js"
import {html, place} from "./elements.js"
import {applyFocus, applyPartner, grownBy, reached, readPin} from "./highlight.js"
import {frameOf, shownColumns} from "./layout.js"
import {selectLinks, shownRange, widestLink} from "./links.js"
import {mirrored} from "./mirror.js"
import {otherScenes} from "./open_scenes.js"
import {SCALES} from "./shared_scales.js"
import {drawChips, drawClouds, drawHeads, drawLinks} from "./svg_render.js"
import {textWidth} from "./text.js"
import {describeSelection, measuresOf} from "./tooltip.js"

const GLIDE_MS = 160

export class Scene {
  constructor(root) {
    this.root = root
    // Set by an observer: asking the element each time would force a layout of the whole page.
    this.size = {width: 0, height: 0}
    this.room = 1 // how much larger than usual everything is in a large window
    this.data = {}
    this.release()
    this.kind = null // of words, under the pointer in the legend
    this.partner = null // the cluster that is lit in the other pane
    this.silencing = null // the chip that the server is asked to silence, until it answers
    this.asked = null // what the server asks to pin, until it is drawn
    this.drawn = this.presented = this.firstDrawn = this.answered = this.restore = () => {}
    Object.assign(this, makeLayers(root))
  }

  take(changes) {
    if (changes.clusters && changes.clusters.k !== this.data.clusters?.k) this.release()
    Object.assign(this.data, changes)
    if (changes.selection) {
      this.sentence.steps = stepsOf(changes.selection)
      this.silencing = null
    }
    if (changes.pinned?.name !== undefined) this.asked = changes.pinned.name
    if (changes.look) this.dress(changes.look)
    if (changes.vocabulary) this.root.lang = changes.vocabulary.language ?? ""
    if (changes.response) this.noteClip(changes.response.clip ?? 0)
  }

  /** Shares the response at the ends of the colours with the other pane; null on leaving. */
  noteClip(clip) {
    SCALES.clip.note(this, clip, (other) => other.frame && other.recolour())
  }

  /** Takes the colours of a theme: for the canvas here, for everything else as CSS properties. */
  dress({ramp, colours, presentation, enlarged}) {
    this.ramp = makeRamp(ramp)
    const {style, dataset} = document.documentElement
    this.enlarged = enlarged * this.room
    for (const [name, value] of Object.entries({...colours, enlarged: this.enlarged})) {
      style.setProperty(`--${name}`, value)
    }
    dataset.present = presentation.join(" ")
    this.presented(presentation)
  }

  release() {
    this.pinned = null
    this.hovered = null
    this.clicked ??= null // where, until the pointer moves
    this.pointed = null // the unit under the pointer: its cells are outlined in all chips
    this.cursor = null
    this.grown = new Set()
  }

  hold(focus) {
    this.pinned = focus
    this.grown = grownBy(focus, this.data)
  }

  get focus() {
    return this.hovered ?? this.pinned
  }

  get ready() {
    return Boolean(this.data.clusters?.k && this.size.width && !this.data.problem)
  }

  /** Takes how much larger everything is in a window of this size; returns whether that is new. */
  takeRoom(room) {
    if (room === this.room) return false
    this.room = room
    this.dress(this.data.look)
    return true
  }

  /** The position of a pointer event in pixels of the view, which may be shown enlarged. */
  pointAt({clientX, clientY}) {
    const {left, top} = this.root.getBoundingClientRect()
    return [(clientX - left) / this.enlarged, (clientY - top) / this.enlarged]
  }

  say(text) {
    if (this.live.textContent !== text) this.live.textContent = text
  }

  /** The response at the ends of the colours: the chosen one, or the data's own, or the largest. */
  get clip() {
    const {look, response} = this.data
    return look.clip ?? (look.own_scales ? response.clip : SCALES.clip.largest)
  }

  draw() {
    const {problem, look, sentences, clusters} = this.data
    this.message.textContent = problem ?? ""
    this.root.classList.toggle("failed", Boolean(problem))
    if (problem || this.ready) this.firstDrawn()
    if (!this.ready) return
    this.lay()
    drawChips(this.layers.chip, this)
    this.sentence.draw(sentences, this)
    drawTags(this.tagNames, this.tagLegend, look, this.frame.clouds)
    drawMatchLegend(this.matchLegend, this.match, this.frame.clouds, this.tagLegend.height)
    drawHeads(this.heads, this)
    this.drawWords()
    this.root.dataset.drawn = clusters.key
    this.drawn()
  }

  drawWords() {
    drawLinks(this.layers.link, this)
    drawClouds(this.layers.cloud, {
      clusters: this.data.clusters,
      clouds: this.clouds, colourOf: (id) => this.colourOf(id), match: this.match,
      mirrored: this.frame.mirrored,
    })
    this.light()
  }

  lay() {
    const {vocabulary, clusters, look, sentences, mirror, selection} = this.data
    if (this.asked !== null) this.hold(readPin(this.asked))
    this.asked = null
    const side = columnsOf(sentences.length, look.sentence_layout)
    this.frame = frameOf(this.size.width, this.size.height, this.panes, side, look.small)
    takeMatchLegend(this.frame.clouds, this.match)
    this.tagLegend = takeLegend(this.frame.clouds, vocabulary, look, textWidth)
    this.cells = cellsByCluster(clusters)
    const sizes = this.cells.map((cells) => cells.length)
    this.packing = packChips(sizes, this.frame.chips, look.layout)
    this.links = selectLinks(clusters, shownRange(look, clusters), this.pinned)
    this.clouds = arrangeClouds(wordsByCluster(vocabulary, clusters), this.frame.clouds, {
      asked: look.words_per_cloud, selected: selection.words, grown: this.grown, measure: textWidth,
    })
    if (mirror) Object.assign(this, mirrored(this))
    this.root.classList.toggle("mirrored", Boolean(mirror))
    this.root.classList.toggle("tagged", look.by_tag)
    this.root.dataset.columns = shownColumns(this.panes)
  }

  /** The panes of which columns are shown: of a small multiple no sentence. */
  get panes() {
    const {small, presentation} = this.data.look
    return small ? ["memory"] : presentation
  }

  /** How the clouds match those of the other pane; nothing while that of another k arrives. */
  get match() {
    const {match, clusters} = this.data
    return match?.jaccard?.length === clusters.k ? match : {}
  }

  tagOf(id) {
    const {vocabulary} = this.data
    return vocabulary.tags[vocabulary.place.get(id)]
  }

  /** Shows only the words of the kind that the pointer is on in the legend; null shows all. */
  markKind(kind) {
    if (kind !== this.kind) lightKind(kind, this.layers.cloud.kept.values(), (id) => this.tagOf(id))
    this.kind = kind
  }

  colourOf(id) {
    const [tag, {look}] = [this.tagOf(id), this.data]
    return (look.by_tag && look.tags[tag]) || look.colours.ink
  }

  /** Shows response, selection and focus on what is drawn already. */
  light() {
    this.recolour()
    this.mark()
    this.sentence.light(this.sentence.hovered)
  }

  /** What the cells are coloured by, and its legend: a measure of the units, or a response. */
  get coloured() {
    const {response, clusters, look} = this.data
    const measure = measuresOf(this.data)[look.cell_colour]
    if (measure) {
      const {values, clip, texts} = measure
      return {values, clip, forms: texts, measured: true}
    }
    const forms = response.values ? legendTitles(response, cellKind(clusters)) : [response.note, response.short_note]
    const {values} = response
    return {values, clip: values ? this.clip : null, forms: forms.filter(Boolean), measured: false}
  }

  /** What decides how the units are painted. */
  get painted() {
    const {frame, packing, cells, ramp, focus, pointed, enlarged} = this
    const {look, selection} = this.data
    const {values, clip, measured} = this.coloured
    const lit = focus ? reached(focus, this.layers.link.links).chips : null
    const {silenced} = selection
    return {
      frame, packing, cells, ramp, clip, pointed, values, measured,
      outlined: selection.units,
      style: look.colours, cursor: this.cursor?.kind === "chip" ? this.cursor : null,
      density: (window.devicePixelRatio || 1) * enlarged,
      faint: (cluster) => cluster === silenced || (lit !== null && !lit.has(cluster)),
    }
  }

  recolour() {
    const {clusters, look} = this.data
    paintCells(this.canvas, this.painted)
    const coloured = this.coloured
    drawLegend(this.legend, {
      frame: this.frame, ramp: this.ramp, where: clusters.silencing.where,
      most: look.small ? 0 : widestLink(clusters, shownRange(look, clusters)),
      beyond: coloured.clip === null ? [""] : beyondEnds(coloured.values, coloured.clip), ...coloured,
    })
  }

  /** Underlines the selected words and highlights what belongs to the focus. */
  mark() {
    const {selection: {words}, look} = this.data
    const {kind, cluster, index} = this.cursor ?? {}
    const cursor = kind === "cloud" ? this.clouds[cluster].words[index]?.id : undefined
    for (const node of this.layers.cloud.kept.values()) {
      for (const [id, word] of node.parts.kept) {
        const rank = words.indexOf(id)
        word.classList.toggle("selected", rank >= 0)
        word.classList.toggle("cursor", id === cursor)
        word.style.setProperty("--selected", look.words[rank] ?? null)
      }
    }
    this.markOutside()
    this.markFocus()
  }

  /** Shows the selected words that are in no cloud above the clouds, with the reason. */
  markOutside() {
    const {selection: {words, outside}, look} = this.data
    const {left, width, sagitta} = this.frame.clouds
    place(this.outside, {left, width: width + sagitta})
    this.outside.replaceChildren(...(outside ?? []).filter(({word_id: id}) => words.includes(id)).map(({word_id: id, word, reason}) => {
      const chip = html(null, "span", "outside-word", word)
      chip.style.color = look.words[words.indexOf(id)] ?? ""
      const line = html(null, "span", "outside-line")
      line.append(chip, ` ${reason}`)
      line.title = `${word} ${reason}`
      return line
    }))
  }

  refocus() {
    paintCells(this.canvas, this.painted)
    this.markFocus()
  }

  /** Shows which chip and cloud are the pair of the one that is lit in the other pane. */
  markPartner(cluster) {
    this.partner = cluster
    const {chip, cloud} = this.layers
    if (this.ready) applyPartner(cluster, this.match.jaccard, [chip.kept, cloud.kept])
  }

  markFocus() {
    const {link: {links}, chip, cloud} = this.layers
    applyFocus(this.root, this.focus, {links, chips: chip.kept, clouds: cloud.kept})
    this.markPartner(this.partner)
    for (const other of otherScenes(this)) other.markPartner(this.focus?.cluster ?? null)
    const {silenced} = this.data.selection
    for (const [cluster, node] of chip.kept) {
      const pinned = this.pinned?.kind === "chip" && this.pinned.cluster === cluster
      node.classList.toggle("pinned", pinned)
      node.classList.toggle("silenced", cluster === silenced)
      node.classList.toggle("silencing", cluster === this.silencing)
      node.parts.silence.textContent = cluster === silenced ? "silenced ×"
        : cluster === this.silencing ? "silencing …" : "silence"
    }
  }

  /** Shows a new selection or response; a new layout is made only for a selected, hidden word. */
  select() {
    if (!this.ready) return
    this.say(describeSelection(this.data))
    this.sentence.chosen(this)
    const shown = new Set(this.clouds.flatMap((cloud) => cloud.words.map(({id}) => id)))
    const {vocabulary, selection} = this.data
    const isHidden = (id) => vocabulary.place.has(id) && !shown.has(id)
    if (selection.words.some(isHidden)) this.glide()
    else this.light()
  }

  /** Animates clouds and words to new positions; chips and sentences stay as they are. */
  glide() {
    this.root.classList.add("gliding")
    this.lay()
    this.drawWords()
    this.drawn()
    clearTimeout(this.gliding)
    this.gliding = setTimeout(() => this.root.classList.remove("gliding"), GLIDE_MS)
  }
}
