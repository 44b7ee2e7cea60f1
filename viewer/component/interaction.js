/** The pointer: what moves under the mouse stays here, a click sends one small message. */

import {cellAt} from "./chips.js"
import {chooseUnit, chooseWord, isAdding, pin} from "./choosing.js"
import {describe} from "./describe.js"
import {sameFocus} from "./focus.js"
import {arrive, leave, press} from "./keyboard.js"
import {chooseStep, listenToSentences} from "./sentence_input.js"

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
  const [x, y] = scene.pointAt(event)
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
  const {tip, size} = scene
  tip.classList.toggle("shown", text !== "")
  if (!text) return
  if (tip.textContent !== text) {
    tip.textContent = text
    scene.tipSize = {width: tip.offsetWidth, height: tip.offsetHeight}
  }
  const {width, height} = scene.tipSize
  const [x, y] = scene.pointAt(event)
  const left = Math.min(x + 14, size.width - width - 4)
  const top = y + 16 + height > size.height ? y - height - 8 : y + 16
  tip.style.transform = `translate(${Math.max(0, left)}px, ${Math.max(0, top)}px)`
}

function hover(scene, event) {
  const target = targetOf(scene, event)
  showTip(scene, event, describe(scene.data, target))
  if (!scene.sentence.isLit(target.glyph)) scene.sentence.light(target.glyph)
  const focus = focusOf(target)
  if (sameFocus(focus, scene.hovered)) return
  scene.hovered = focus
  scene.refocus()
}

/** Selects what was clicked; the same word or unit again lets it go. */
function click(scene, event, send) {
  if (scene.sentence.dragged) return undefined
  const target = targetOf(scene, event)
  if (target.word !== null) return chooseWord(scene, target.word, isAdding(event), send)
  if (target.unit !== null) return chooseUnit(scene, target.unit, isAdding(event), send)
  if (target.glyph !== null) return chooseStep(scene, target.glyph, send)
  if (focusOf(target) || scene.pinned) pin(scene, focusOf(target), send)
  return undefined
}

/** Moves the words of a cloud that holds more than fit; tells whether it does. */
function scrollCloud({clouds, layers}, cluster, by) {
  const cloud = clouds[cluster]
  if (cloud.content <= cloud.height) return false
  cloud.scrolled = Math.min(0, Math.max(cloud.height - cloud.content, (cloud.scrolled ?? 0) - by))
  const {words} = layers.clouds.clouds.get(cluster).parts
  words.style.transform = `translateY(${cloud.scrolled}px)`
  return true
}

/** Scrolls a sentence, or a grown cloud, that holds more words than fit. */
function scroll(scene, event) {
  const {cloud, glyph} = targetOf(scene, event)
  if (glyph) scene.sentence.scroll(glyph, event.deltaY * SCROLL_SHARE)
  else if (cloud === null || !scrollCloud(scene, cloud, event.deltaY * SCROLL_SHARE)) return
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
  when("keydown", (event) => press(scene, event, send))
  when("focusin", (event) => arrive(scene, event))
  when("focusout", () => leave(scene))
  when("wheel", (event) => scroll(scene, event), {passive: false})
  listenToSentences(scene, send)
}
