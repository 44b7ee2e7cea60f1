/** The pointer: hovering stays in the browser, a click sends one small message. */

import {cellAt} from "../chips/chip_packing.js"
import {sameFocus} from "../scene/highlight.js"
import {describe} from "../scene/tooltip.js"
import {listenToSentences} from "../sentence/sentence_input.js"
import {arrive, leave, press} from "./keyboard.js"
import {chooseStep, chooseUnit, chooseWord, pin, silence} from "./selection.js"

const SCROLL_SPEED = 0.5
const DOUBLE_CLICK_MS = 300

/** What is under an event: {word, cell, bullet, match, effect, link, chip, cloud, glyph}, each null if there is none. */
function targetOf(scene, event) {
  const node = event.target
  const near = (name) => {
    const value = node.closest(`[data-${name}]`)?.dataset[name]
    return value === undefined ? null : Number(value)
  }
  const target = {
    word: near("word"), chip: near("chip"), cloud: near("cloud"), bullet: near("bullet"), match: near("match"), effect: near("effect"), link: null, cell: null, glyph: null,
  }
  if (node.closest(".link")) target.link = {words: near("words"), units: near("units")}
  if (event.clientX === undefined) return target
  const [x, y] = scene.pointAt(event)
  if (target.chip !== null) {
    const index = cellAt(scene.packing, scene.packing.chips[target.chip], x, y)
    target.cell = scene.cells[target.chip][index] ?? null
  }
  if (node.classList.contains("sheet")) target.glyph = scene.sentence.at(x, y)
  return target
}

function focusOf({chip, cloud, glyph, effect}) {
  const cluster = glyph?.cluster ?? effect ?? chip
  if (cluster !== null) return {kind: "chip", cluster}
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

/** Whether an event is where the last click was: what moves under a pointer at rest is no hover. */
export function isAtRest(clicked, {clientX, clientY}) {
  return clicked !== null && clicked.x === clientX && clicked.y === clientY
}

function hover(scene, event) {
  if (isAtRest(scene.clicked, event)) return
  scene.clicked = null
  scene.markKind(event.target.dataset.tag ?? null)
  const target = targetOf(scene, event)
  showTip(scene, event, describe(scene.data, target))
  if (!scene.sentence.isLit(target.glyph)) scene.sentence.light(target.glyph)
  const [focus, pointed] = [focusOf(target), target.cell?.unit ?? null]
  if (sameFocus(focus, scene.hovered) && pointed === scene.pointed) return
  Object.assign(scene, {hovered: focus, pointed})
  scene.refocus()
}

/** Selects a step; in a zoomed sentence only once no second click can follow, which ends the zoom. */
function clickStep(scene, glyph, event, send) {
  clearTimeout(scene.choosing)
  if (!scene.sentence.panes[glyph.sentence].stretch) chooseStep(scene, glyph, event, send)
  else if (event.detail < 2) {
    scene.choosing = setTimeout(() => chooseStep(scene, glyph, event, send), DOUBLE_CLICK_MS)
  }
}

function click(scene, event, send) {
  if (scene.sentence.dragged) return
  const target = targetOf(scene, event)
  const focus = focusOf(target)
  // What the click lights is not dimmed by what the pointer is on, until it moves.
  scene.clicked = {x: event.clientX, y: event.clientY}
  scene.hovered = scene.pointed = null
  const part = event.target.closest(".silence") ?? target.word ?? target.cell ?? target.glyph
  if (part === null && (focus || scene.pinned)) {
    pin(scene, focus, send) // which paints everything
    return
  }
  scene.refocus()
  if (event.target.closest(".silence")) silence(scene, target.chip, send)
  else if (target.word !== null) chooseWord(scene, target.word, event, send)
  else if (target.cell !== null) chooseUnit(scene, target.cell.unit, event, send)
  else if (target.glyph !== null) clickStep(scene, target.glyph, event, send)
}

/** Scrolls a cloud that holds more than fits; returns whether it does. */
function scrollCloud({clouds, layers}, cluster, by) {
  const cloud = clouds[cluster]
  if (cloud.content <= cloud.height) return false
  cloud.scrolled = Math.min(0, Math.max(cloud.height - cloud.content, (cloud.scrolled ?? 0) - by))
  const {words} = layers.cloud.kept.get(cluster).parts
  words.style.transform = `translateY(${cloud.scrolled}px)`
  return true
}

function scroll(scene, event) {
  const {cloud, glyph} = targetOf(scene, event)
  const by = event.deltaY * SCROLL_SPEED
  if (glyph) scene.sentence.scroll(glyph, by)
  else if (cloud === null || !scrollCloud(scene, cloud, by)) return
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
