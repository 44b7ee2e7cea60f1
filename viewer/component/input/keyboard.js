/**
 * The keyboard on chips and clouds. Tab leads to a column, up and down through its clusters; left and
 * right walk the cells or words of one; Enter selects, Escape releases, step by step.
 */

import {sameFocus} from "../scene/highlight.js"
import {describe} from "../scene/tooltip.js"
import {firstWord, nextCell, nextCluster, nextWord} from "./arrow_navigation.js"
import {isKey} from "./keys.js"
import {chooseUnit, chooseWord, pin, silence} from "./selection.js"

/** The chip or cloud that has the keyboard focus: {kind, cluster}, or null. */
function focusedOn({target}) {
  const node = target.closest(".chip, .cloud")
  if (!node) return null
  const kind = node.classList.contains("chip") ? "chip" : "cloud"
  return {kind, cluster: Number(node.dataset[kind])}
}

function makeCurrent(layer, cluster) {
  layer.current = cluster
  for (const [other, node] of layer.kept) node.setAttribute("tabindex", other === cluster ? 0 : -1)
}

/** What the keyboard's cursor is on, in the form of the pointer's targets. */
function targetOf(scene, {kind, cluster, index}) {
  if (kind === "chip") return {chip: cluster, cell: scene.cells[cluster][index] ?? null}
  return {cloud: cluster, word: scene.clouds[cluster].words[index]?.id ?? null}
}

/** Puts the cursor on the neighbour that an arrow leads to, or on the first cell or word. */
function walk(scene, focus, key) {
  const {kind, cluster} = focus
  const index = sameFocus(focus, scene.cursor) ? scene.cursor.index : null
  const members = kind === "chip" ? scene.cells[cluster] : scene.clouds[cluster].words
  if (!members.length) return
  const first = () => (kind === "chip" ? 0 : firstWord(members))
  const next = () => kind === "chip"
    ? nextCell(scene.packing, members.length, index, key) : nextWord(members, index, key)
  scene.cursor = {kind, cluster, index: index === null ? first() : next()}
  scene.light()
  scene.say(describe(scene.data, targetOf(scene, scene.cursor)))
}

function choose(scene, focus, event, send) {
  if (!sameFocus(focus, scene.cursor)) return pin(scene, focus, send)
  const {cell, word} = targetOf(scene, scene.cursor)
  return focus.kind === "chip"
    ? chooseUnit(scene, cell.unit, event, send) : chooseWord(scene, word, event, send)
}

/** Releases the cursor, or else what is pinned; returns whether there was either. */
function release(scene, send) {
  if (scene.cursor) {
    scene.cursor = null
    scene.light()
  } else if (scene.pinned) pin(scene, null, send)
  else return false
  return true
}

function isHandled(scene, event, send) {
  if (isKey(event, "release")) return release(scene, send)
  const focus = focusedOn(event)
  if (!focus) return false
  const inside = sameFocus(focus, scene.cursor)
  if (isKey(event, "choose")) choose(scene, focus, event, send)
  else if (isKey(event, "silence") && focus.kind === "chip") silence(scene, focus.cluster, send)
  else if (isKey(event, "across") || (inside && isKey(event, "along"))) walk(scene, focus, event.key)
  else if (isKey(event, "along", "ends")) {
    const {kept} = scene.layers[focus.kind]
    kept.get(nextCluster(kept.size, focus.cluster, event.key)).focus()
  } else return false
  return true
}

/** Handles a key on the view; a handled key goes no further. */
export function press(scene, event, send) {
  if (!isHandled(scene, event, send)) return
  event.preventDefault()
  event.stopPropagation()
}

/** Highlights the cluster that receives the keyboard focus, and describes it. */
export function arrive(scene, event) {
  const focus = focusedOn(event)
  if (!focus) return
  makeCurrent(scene.layers[focus.kind], focus.cluster)
  if (!event.target.matches(":focus-visible")) return
  scene.hovered = focus
  if (!sameFocus(focus, scene.cursor)) scene.cursor = null
  scene.light()
  if (!scene.cursor) scene.say(describe(scene.data, targetOf(scene, focus)))
}

/** Clears the highlight when the keyboard focus leaves. */
export function leave(scene) {
  scene.hovered = null
  scene.cursor = null
  scene.light()
}
