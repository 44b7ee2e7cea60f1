/** Pointer and keyboard: what moves under the mouse stays here, a click sends one small message. */

import {cellAt} from "./chips.js"
import {describe} from "./describe.js"
import {reached, sameFocus} from "./focus.js"

const SCROLL_SHARE = 0.5
const NOTHING = {link: null, unit: null, glyph: null}

/** What stands under an event; null for each kind of thing that does not. */
function targetOf(scene, event) {
  const node = event.target
  const near = (name) => {
    const value = node.closest(`[data-${name}]`)?.dataset[name]
    return value === undefined ? null : Number(value)
  }
  const target = {word: near("word"), chip: near("chip"), cloud: near("cloud"), ...NOTHING}
  if (node.closest(".link")) target.link = {words: near("words"), units: near("units")}
  if (event.clientX === undefined) return target
  const bounds = scene.root.getBoundingClientRect()
  const [x, y] = [event.clientX - bounds.left, event.clientY - bounds.top]
  if (target.chip !== null) {
    const index = cellAt(scene.packing, scene.packing.chips[target.chip], x, y)
    if (index >= 0) target.unit = scene.units[target.chip][index]
  }
  if (node.classList.contains("sheet")) target.glyph = scene.sentence.at(x, y)
  return target
}

function focusOf({chip, cloud, glyph}) {
  if (glyph !== null && glyph.cluster !== null) return {kind: "chip", cluster: glyph.cluster}
  if (chip !== null) return {kind: "chip", cluster: chip}
  return cloud === null ? null : {kind: "cloud", cluster: cloud}
}

function showTip(scene, event, text) {
  const {tip, root} = scene
  tip.classList.toggle("shown", text !== "")
  if (!text) return
  tip.textContent = text
  const bounds = root.getBoundingClientRect()
  const x = event.clientX - bounds.left + 14
  const y = event.clientY - bounds.top + 16
  const left = Math.min(x, root.clientWidth - tip.offsetWidth - 4)
  const top = y + tip.offsetHeight > root.clientHeight ? y - tip.offsetHeight - 24 : y
  tip.style.transform = `translate(${Math.max(0, left)}px, ${Math.max(0, top)}px)`
}

function hover(scene, event) {
  const target = targetOf(scene, event)
  showTip(scene, event, describe(scene.data, target))
  const position = target.glyph?.position ?? null
  if (position !== scene.sentence.hovered) scene.sentence.light(position)
  const focus = focusOf(target)
  if (sameFocus(focus, scene.hovered)) return
  scene.hovered = focus
  scene.light()
}

/** Pins a chip or cloud: its clouds grow to all their words; the same again lets go. */
function pin(scene, focus) {
  const again = sameFocus(focus, scene.pinned)
  scene.release()
  if (focus && !again) {
    scene.pinned = focus
    scene.grown = new Set(
      focus.kind === "cloud" ? [focus.cluster] : reached(focus, scene.layers.links.links).clouds,
    )
  }
  scene.glide()
}

/** Keeps the links of a word of the sentence; the same again lets go. */
function pinWord(scene, position, send) {
  const {sentence} = scene
  sentence.pinned = position === sentence.pinned ? null : position
  sentence.light(position)
  const wordId = sentence.sentence.word_ids[position]
  if (sentence.pinned !== null && wordId !== scene.data.selection.word) {
    send({type: "word", word_id: wordId})
  }
}

/** Adds a word or a unit to those selected, or takes it away again: the server knows which. */
function add({word, unit}, send) {
  if (word !== null) send({type: "add_word", word_id: word})
  else if (unit !== null) send({type: "add_unit", unit})
}

/** Selects what was clicked; the same word or unit again lets it go. */
function click(scene, event, send) {
  const target = targetOf(scene, event)
  const {word, unit} = scene.data.selection
  const toggled = (value, selected) => (value === selected ? null : value)
  if (event.shiftKey || event.ctrlKey || event.metaKey) return add(target, send)
  if (target.word !== null) return send({type: "word", word_id: toggled(target.word, word)})
  if (target.unit !== null) return send({type: "unit", unit: toggled(target.unit, unit)})
  if (target.glyph !== null) return pinWord(scene, target.glyph.position, send)
  if (focusOf(target) || scene.pinned) pin(scene, focusOf(target))
  return undefined
}

function press(scene, event) {
  if (event.key === "Escape" && scene.pinned) pin(scene, null)
  if (event.key !== "Enter" && event.key !== " ") return
  event.preventDefault()
  pin(scene, focusOf(targetOf(scene, event)))
}

/** Scrolls a sentence, or a grown cloud, that holds more words than fit. */
function scroll(scene, event) {
  const {cloud, glyph} = targetOf(scene, event)
  if (glyph) scene.sentence.scroll(event.deltaY * SCROLL_SHARE)
  else if (cloud === null || !scene.scrollCloud(cloud, event.deltaY * SCROLL_SHARE)) return
  event.preventDefault()
}

/** Listens on the view; `send` takes one message for the server. */
export function listen(scene, send) {
  const when = (name, act, options) => {
    scene.picture.addEventListener(name, (event) => scene.ready && act(event), options)
  }
  when("pointermove", (event) => hover(scene, event))
  when("pointerleave", () => hover(scene, {target: document.body}))
  when("click", (event) => click(scene, event, send))
  when("keydown", (event) => press(scene, event))
  when("wheel", (event) => scroll(scene, event), {passive: false})
}
