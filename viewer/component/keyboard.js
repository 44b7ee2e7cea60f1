/**
 * The keyboard on chips and clouds. Tab leads to a column and up and down through its clusters;
 * left and right walk the cells or words of one; Enter chooses, Escape lets go, step by step.
 */

import {chooseUnit, chooseWord, isAdding, pin} from "./choosing.js"
import {describe} from "./describe.js"
import {sameFocus} from "./focus.js"
import {firstWord, isArrow, nextCell, nextCluster, nextWord} from "./walking.js"

const ACROSS = ["ArrowLeft", "ArrowRight"]
const NOWHERE = {word: null, unit: null, link: null, glyph: null, chip: null, cloud: null}

/** The chip or cloud that has the keyboard: {kind, cluster}, or null. */
function focusedOn({target}) {
  const node = target.closest(".chip, .cloud")
  if (!node) return null
  const kind = node.classList.contains("chip") ? "chip" : "cloud"
  return {kind, cluster: Number(node.dataset[kind])}
}

function columnOf(scene, kind) {
  return kind === "chip"
    ? {layer: scene.layers.chips, nodes: scene.layers.chips.chips}
    : {layer: scene.layers.clouds, nodes: scene.layers.clouds.clouds}
}

/** Makes one cluster of a column the one that Tab leads to. */
function makeCurrent(scene, {kind, cluster}) {
  const {layer, nodes} = columnOf(scene, kind)
  layer.current = cluster
  for (const [place, node] of nodes) node.setAttribute("tabindex", place === cluster ? 0 : -1)
}

function wordAt(scene, {cluster, index}) {
  return scene.clouds[cluster].words[index]?.id ?? null
}

/** What the cursor of the keyboard stands on, as the pointer's targets are described. */
function targetOf(scene, focus) {
  const target = {...NOWHERE, [focus.kind]: focus.cluster}
  if (focus.kind === "chip") target.unit = scene.units[focus.cluster][focus.index] ?? null
  else target.word = wordAt(scene, focus)
  return target
}

/** Puts the cursor on the neighbour that an arrow leads to, or on the first cell or word. */
function walk(scene, focus, key) {
  const {kind, cluster} = focus
  const inside = sameFocus(focus, scene.cursor)
  const size = scene.units[cluster].length
  const {words} = scene.clouds[cluster]
  if (kind === "chip" ? !size : !words.length) return
  const first = () => (kind === "chip" ? 0 : firstWord(words))
  const next = () => kind === "chip"
    ? nextCell(scene.packing, size, scene.cursor.index, key)
    : nextWord(words, scene.cursor.index, key)
  scene.cursor = {kind, cluster, index: inside ? next() : first()}
  scene.light()
  scene.say(describe(scene.data, targetOf(scene, scene.cursor)))
}

function choose(scene, focus, event, send) {
  if (!sameFocus(focus, scene.cursor)) return pin(scene, focus, send)
  const {unit, word} = targetOf(scene, scene.cursor)
  if (unit !== null) return chooseUnit(scene, unit, isAdding(event), send)
  return chooseWord(scene, word, isAdding(event), send)
}

/** Takes back the last thing: the cursor, then what is pinned; tells whether there was one. */
function letGo(scene, send) {
  if (scene.cursor) {
    scene.cursor = null
    scene.light()
  } else if (scene.pinned) pin(scene, null, send)
  else return false
  return true
}

function isHandled(scene, event, send) {
  if (event.key === "Escape") return letGo(scene, send)
  const focus = focusedOn(event)
  if (!focus) return false
  if (event.key === "Enter" || event.key === " ") choose(scene, focus, event, send)
  else if (ACROSS.includes(event.key) || (isArrow(event.key) && sameFocus(focus, scene.cursor))) {
    walk(scene, focus, event.key)
  } else if (isArrow(event.key) || event.key === "Home" || event.key === "End") {
    const {nodes} = columnOf(scene, focus.kind)
    nodes.get(nextCluster(nodes.size, focus.cluster, event.key)).focus()
  } else return false
  return true
}

/** Answers a key on the view; what was answered goes no further. */
export function press(scene, event, send) {
  if (!isHandled(scene, event, send)) return
  event.preventDefault()
  event.stopPropagation()
}

/** Lights the cluster that the keyboard came to, and says what it is. */
export function arrive(scene, event) {
  const focus = focusedOn(event)
  if (!focus) return
  makeCurrent(scene, focus)
  if (!event.target.matches(":focus-visible")) return
  scene.hovered = focus
  if (!sameFocus(focus, scene.cursor)) scene.cursor = null
  scene.light()
  if (!scene.cursor) scene.say(describe(scene.data, targetOf(scene, focus)))
}

/** Nothing is lit by a keyboard that went elsewhere. */
export function leave(scene) {
  scene.hovered = null
  scene.cursor = null
  scene.light()
}
