/**
 * The page of an export: replaces the server, and answers clicks from the responses in the page.
 *
 * The component does not know: it receives a `model` with the parameters of Panel's, their events
 * and `send_msg`.
 */

import {render, wordResponse} from "./index.js"
import {stepsOf, toggled, toggledSteps} from "./input/selection.js"
import {attendDetail} from "./offline/offline_detail.js"
import {openHelp} from "./page/help.js"
import {html} from "./scene/elements.js"

const ARRAYS = {int8: Int8Array, uint8: Uint8Array, int16: Int16Array, uint16: Uint16Array,
  int32: Int32Array, uint32: Uint32Array, float32: Float32Array, float64: Float64Array}

/** The number of 16 bits: 1 of sign, 5 of exponent, 10 of fraction (IEEE 754). */
function half(bits) {
  const [sign, exponent, fraction] = [bits & 0x8000 ? -1 : 1, (bits >> 10) & 31, bits & 1023]
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction ? NaN : sign * Infinity
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

/** Restores the arrays that JSON holds as {array: type, base64}. */
export function revive(_, value) {
  if (!value?.base64) return value
  const bytes = Uint8Array.from(atob(value.base64), (character) => character.charCodeAt(0))
  if (value.array !== "float16") return new ARRAYS[value.array](bytes.buffer)
  return Float32Array.from(new Uint16Array(bytes.buffer), half)
}

/** Replaces Panel's `model`. */
export class OfflineModel {
  constructor({responses, exports, ...values}) {
    Object.assign(this, values)
    this.exports = {...exports, forms: exports.forms.filter(([, , maker]) => maker === "picture")}
    this.matrix = {...responses, scale: 1, key: values.vocabulary.key} // exact, not in int8 steps
    this.listeners = new Map()
  }

  on(name, listener) {
    this.listeners.set(name, [...(this.listeners.get(name) ?? []), listener])
  }

  put(changes) {
    Object.assign(this, changes)
    for (const name of Object.keys(changes)) {
      for (const listener of this.listeners.get(name) ?? []) listener()
    }
  }

  /** What a word of a sentence changed, if the page holds it; else the selected word's response. */
  responseTo({words: [id = null], step}) {
    const [sentence, position] = step ?? []
    const changes = this.changes[sentence]
    if (!changes) return wordResponse(this.vocabulary, this.matrix, id)
    const {units, clip} = this.matrix
    const values = changes.slice(position * units, (position + 1) * units)
    return {word: this.sentences[sentence].words[position], word_id: id, values, clip, step: true}
  }

  select(changes) {
    const selection = {...this.selection, ...changes}
    if (selection.words[0] !== this.selection.words[0]) selection.step = null
    if (!selection.step) selection.other_steps = []
    this.put({response: this.responseTo(selection), selection})
  }

  /** Shows the sentences as they are read with all chips; without another chip they cannot be. */
  endSilence() {
    this.put({sentences: this.sentences.map((sentence) => ({...sentence, silenced: undefined}))})
    this.select({silenced: null})
  }

  /** Shows what a step of the tour asks for, or at its end, without a query, what was shown before. */
  showTourStep(query) {
    this.before ??= {selection: this.selection, pinned: this.pinned}
    const asked = new URLSearchParams(query ?? "")
    const {selection, pinned} = this.before
    const {ids, words} = this.vocabulary
    const [word, step] = ["word", "step"].map((key) => asked.get(key))
    this.select({...selection, words: word ? [ids[words.indexOf(word)]] : selection.words})
    this.selectSteps(step ? [step.split("~").map(Number)] : word ? [] : stepsOf(selection))
    this.put({pinned: query === null ? pinned : {name: asked.get("pin") ?? ""}})
    if (query === null) this.before = null
  }

  selectSteps([first = null, ...others]) {
    this.select({step: first, other_steps: others})
  }

  removeSentence(index) {
    const others = (list) => list.filter((_, i) => i !== index)
    this.changes = others(this.changes)
    this.put({sentences: others(this.sentences)})
    this.select({step: null})
  }

  /** Answers as the server would, as far as the page holds what is requested. */
  send_msg({type, ...asked}) {
    const {selection: {words, units}, constants: {limits}} = this
    const only = (id) => (id === null ? [] : [id])
    const answers = {
      word: ({word_id: id}) => this.select({words: only(id)}),
      unit: ({unit}) => this.select({units: only(unit)}),
      step: ({sentence, position}) => this.selectSteps(sentence === null ? [] : [[sentence, position]]),
      add_step: ({sentence, position}) => this.selectSteps(
        toggledSteps(stepsOf(this.selection), [sentence, position], limits.steps)),
      remove_sentence: ({sentence}) => this.removeSentence(sentence),
      silence: ({cluster}) => cluster === null && this.endSilence(),
      tour: ({query}) => this.showTourStep(query),
      add_word: ({word_id: id}) => this.select({words: toggled(words, id, limits.words)}),
      add_unit: ({unit}) => this.select({units: toggled(units, unit, limits.units)}),
    }
    answers[type]?.(asked)
  }
}

/** Fills the page: the component is in a shadow root, as in Panel, so that its style stays inside. */
export async function open(page) {
  const content = (id) => page.getElementById(id).textContent
  const model = new OfflineModel(JSON.parse(content("parameters"), revive))
  const shadow = page.getElementById("view").attachShadow({mode: "open"})
  html(shadow, "style", "", content("style"))
  const el = html(shadow, "div", "main-view offline")
  const attend = (scene) => {
    page.getElementById("help").addEventListener("click", () => openHelp(scene, (message) => model.send_msg(message)))
    return () => {}
  }
  await render({model, el, attend})
  attendDetail(page.getElementById("detail"), model)
}
