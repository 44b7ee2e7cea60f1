/** Pointer and keyboard on the sentences: selecting a step, zooming to a stretch, removing one. */

import {isKey} from "../input/keys.js"
import {chooseStep, silence} from "../input/selection.js"
import {describe} from "../scene/tooltip.js"

const DRAG_THRESHOLD = 4
const STEPS = {ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: -Infinity, End: Infinity}

/** Zooms a sentence to the words {from, to}, or back to all of them (null). */
function zoom(scene, pane, stretch) {
  Object.assign(pane, {stretch, scrolled: 0})
  scene.draw()
}

/** Follows a drag over the words of a pane, or over its strip, and zooms to the stretch it spans. */
function followDrag(scene, pane, event) {
  const [startX, startY] = scene.pointAt(event)
  const onStrip = pane.isOnStrip(startX)
  const first = pane.reach(startY, onStrip)
  if (first === null) return
  let stretch = null
  const stop = new AbortController()
  const listen = (name, act) => window.addEventListener(name, act, {signal: stop.signal})
  listen("pointermove", (moved) => {
    const [, y] = scene.pointAt(moved)
    if (!stretch && Math.abs(y - startY) < DRAG_THRESHOLD) return
    const last = pane.reach(y, onStrip) ?? first
    stretch = {from: Math.min(first, last), to: Math.max(first, last)}
    pane.shade(stretch)
  })
  listen("pointerup", () => {
    stop.abort()
    pane.shade(null)
    if (!stretch) return
    scene.sentence.dragged = true // the click that follows ends the drag, and selects nothing
    zoom(scene, pane, stretch)
  })
  listen("pointercancel", () => stop.abort())
}

function pressPointer(scene, event) {
  scene.sentence.dragged = false
  if (event.button !== 0 || !event.target.classList.contains("sheet")) return
  const pane = scene.sentence.paneAt(...scene.pointAt(event))
  if (pane?.sentence.words.length) followDrag(scene, pane, event)
}

function walk(scene, pane, to) {
  const position = Math.min(pane.rows.to, Math.max(pane.rows.from, to))
  const glyph = {sentence: pane.index, position, cluster: null}
  pane.show(position)
  scene.sentence.light(glyph)
  scene.say(describe(scene.data, {glyph}))
}

function pressKey(scene, event, send) {
  const pane = scene.sentence.panes.find(({sheet}) => sheet === event.target)
  if (!pane) return
  const {hovered} = scene.sentence
  const at = hovered?.sentence === pane.index ? hovered.position : null
  if (event.key in STEPS) walk(scene, pane, at === null ? pane.rows.from : at + STEPS[event.key])
  else if (isKey(event, "choose") && at !== null) {
    chooseStep(scene, {sentence: pane.index, position: at}, event, send)
  } else if (isKey(event, "remove")) send({type: "remove_sentence", sentence: pane.index})
  else if (isKey(event, "release") && pane.stretch) zoom(scene, pane, null)
  else return
  event.preventDefault()
  event.stopPropagation()
}

function showWhole(scene, event) {
  const pane = scene.sentence.paneAt(...scene.pointAt(event))
  if (event.target.classList.contains("sheet") && pane?.stretch) zoom(scene, pane, null)
}

function pressButton(scene, {target}, send) {
  const {remove, whole} = target.dataset
  if (target.matches(".undo")) silence(scene, null, send)
  if (remove !== undefined) send({type: "remove_sentence", sentence: Number(remove)})
  if (whole !== undefined) zoom(scene, scene.sentence.panes[whole], null)
}

/** Listens on the sentences; `send` takes one message for the server. */
export function listenToSentences(scene, send) {
  const when = (node, name, act) =>
    node.addEventListener(name, (event) => scene.ready && act(scene, event, send))
  when(scene.picture, "pointerdown", pressPointer)
  when(scene.picture, "dblclick", showWhole)
  when(scene.picture, "keydown", pressKey)
  when(scene.root, "click", pressButton)
}
