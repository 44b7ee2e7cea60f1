/**
 * An export's page: stands in for the server, and answers clicks from the responses in the page.
 *
 * The component itself does not know: it is given a `model` with the parameters of Panel's, their
 * events and `send_msg`.
 */

import {together} from "./choosing.js"
import {PICTURES} from "./export_menu.js"
import {render} from "./index.js"
import {html} from "./svg.js"

const ARRAYS = {int8: Int8Array, uint8: Uint8Array, int16: Int16Array, uint16: Uint16Array,
  int32: Int32Array, uint32: Uint32Array, float32: Float32Array, float64: Float64Array}
const STEPS = 127
const [MOST_WORDS, MOST_UNITS] = [3, 4] // as in the live page

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

/** The responses as the component expects them, only not rounded to whole steps of the clip. */
function matrixOf({values, units, clip}, key) {
  return {key, units, clip, values: values.map((value) => (value / clip) * STEPS)}
}

/** The list without the value, or with it; where it is full, the oldest but the first goes. */
function toggled(list, value, most) {
  if (list.includes(value)) return list.filter((each) => each !== value)
  return [...(list.length < most ? list : [list[0], ...list.slice(2)]), value]
}

/** What Panel's `model` is to the component. */
class StandIn {
  constructor({responses, exports, ...values}) {
    const pictures = exports.forms.filter(([form]) => PICTURES.includes(form))
    Object.assign(this, values, {responses, exports: {...exports, forms: pictures}})
    this.listeners = new Map()
    this.matrix = matrixOf(responses, values.vocabulary.key)
    this.changes = values.changes
  }

  on(name, listener) {
    this.listeners.set(name, [...(this.listeners.get(name) ?? []), listener])
  }

  tell(name, event) {
    for (const listener of this.listeners.get(name) ?? []) listener(event)
  }

  put(changes) {
    Object.assign(this, changes)
    for (const name of Object.keys(changes)) this.tell(name)
  }

  responseOf(id) {
    const row = this.vocabulary.ids.indexOf(id)
    if (row < 0) return {}
    const {values, units, clip} = this.responses
    const own = values.slice(row * units, (row + 1) * units)
    return {word: this.vocabulary.words[row], word_id: id, values: own, clip}
  }

  /** What a word of a sentence did, where the page holds it; else the selected word's response. */
  responseAt(step, word) {
    const [sentence, position] = step ?? []
    const changes = this.changes[sentence]
    if (!changes) return this.responseOf(word)
    const {units, clip} = this.responses
    const values = changes.slice(position * units, (position + 1) * units)
    return {word: this.sentences[sentence].words[position], word_id: word, values, clip, step: true}
  }

  chooseWords([word = null, ...overlaid]) {
    const {selection} = this
    const step = word === selection.word ? selection.step : null
    this.put({response: this.responseAt(step, word), selection: {...selection, word, overlaid, step}})
  }

  chooseUnits([unit = null, ...beside]) {
    this.put({selection: {...this.selection, unit, beside}})
  }

  chooseStep(step) {
    const {selection} = this
    this.put({response: this.responseAt(step, selection.word), selection: {...selection, step}})
  }

  removeSentence(place) {
    const others = (list) => list.filter((_, i) => i !== place)
    this.changes = others(this.changes)
    this.put({sentences: others(this.sentences)})
    this.chooseStep(null)
  }

  /** Answers as the server would, as far as the page holds what is asked for. */
  send_msg({type, ...asked}) {
    const {word, overlaid, unit, beside} = this.selection
    const [words, units] = [together(word, overlaid), together(unit, beside)]
    const answers = {
      word: ({word_id: id}) => this.chooseWords(together(id)),
      unit: ({unit: chosen}) => this.chooseUnits(together(chosen)),
      step: ({sentence, position}) => this.chooseStep(sentence === null ? null : [sentence, position]),
      remove_sentence: ({sentence}) => this.removeSentence(sentence),
      add_word: ({word_id: id}) => this.chooseWords(toggled(words, id, MOST_WORDS)),
      add_unit: ({unit: chosen}) => this.chooseUnits(toggled(units, chosen, MOST_UNITS)),
    }
    answers[type]?.(asked)
  }
}

/** Fills the page: the component in a shadow root, as Panel does, so that its style stays its own. */
export async function open(page) {
  const content = (id) => page.getElementById(id).textContent
  const model = new StandIn(JSON.parse(content("parameters"), revive))
  const shadow = page.getElementById("view").attachShadow({mode: "open"})
  html(shadow, "style", "", content("style"))
  const el = html(shadow, "div", "main-view")
  await render({model, el, attend: () => () => {}})
}
