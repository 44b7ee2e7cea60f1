/** Pointer and keyboard on the sentences: choosing a step, zooming to a stretch, taking one away. */

import {describe} from "./describe.js"

const DRAGGED = 4
const NOTHING = {word: null, unit: null, link: null, chip: null, cloud: null}
const STEPS = {ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: -1e9, End: 1e9}

/** Selects a word of a sentence, or lets it go where it is selected already. */
export function chooseStep(scene, {sentence, position}, send) {
  const [oldSentence, oldPosition] = scene.data.selection.step ?? []
  const again = oldSentence === sentence && oldPosition === position
  const step = again ? null : [sentence, position]
  scene.take({selection: {...scene.data.selection, step}})
  scene.sentence.light(scene.sentence.hovered)
  send(again ? {type: "step", sentence: null} : {type: "step", sentence, position})
}

/** Zooms a sentence to the words {from, to}, or back to all of them (null). */
function zoom(scene, pane, stretch) {
  pane.stretch = stretch
  pane.scrolled = 0
  scene.draw()
}

/** Follows a drag over the words of a pane, or over its strip, and zooms to what it spans. */
function followDrag(scene, pane, event) {
  const [startX, startY] = scene.pointAt(event)
  const onStrip = pane.isOnStrip(startX)
  const first = pane.reach(startX, startY, onStrip)
  if (first === null) return
  let stretch = null
  const move = (moved) => {
    const [x, y] = scene.pointAt(moved)
    if (!stretch && Math.abs(y - startY) < DRAGGED) return
    const last = pane.reach(x, y, onStrip) ?? first
    stretch = {from: Math.min(first, last), to: Math.max(first, last)}
    pane.shade(stretch)
  }
  const drop = () => {
    stop.abort()
    pane.shade(null)
    if (!stretch) return
    scene.sentence.dragged = true // the click that comes next ends the drag, and chooses nothing
    zoom(scene, pane, stretch)
  }
  const stop = new AbortController()
  window.addEventListener("pointermove", move, {signal: stop.signal})
  window.addEventListener("pointerup", drop, {signal: stop.signal})
  window.addEventListener("pointercancel", () => stop.abort(), {signal: stop.signal})
}

function pressPointer(scene, event) {
  scene.sentence.dragged = false
  if (event.button !== 0 || !event.target.classList.contains("sheet")) return
  const pane = scene.sentence.paneAt(...scene.pointAt(event))
  if (pane?.sentence.words.length) followDrag(scene, pane, event)
}

/** Arrow keys walk the words, Enter chooses one, Delete takes the sentence away, Escape zooms out. */
function pressKey(scene, event, send) {
  const pane = scene.sentence.panes.find(({sheet}) => sheet === event.target)
  if (!pane) return
  const at = scene.sentence.hovered?.sentence === pane.index ? scene.sentence.hovered.position : null
  if (event.key in STEPS) walk(scene, pane, at === null ? pane.rows.from : at + STEPS[event.key])
  else if ((event.key === "Enter" || event.key === " ") && at !== null) {
    chooseStep(scene, {sentence: pane.index, position: at}, send)
  } else if (event.key === "Delete") send({type: "remove_sentence", sentence: pane.index})
  else if (event.key === "Escape" && pane.stretch) zoom(scene, pane, null)
  else return
  event.preventDefault()
  event.stopPropagation()
}

function walk(scene, pane, to) {
  const position = Math.min(pane.rows.to, Math.max(pane.rows.from, to))
  const glyph = {sentence: pane.index, position, cluster: null}
  pane.show(position)
  scene.sentence.light(glyph)
  scene.say(describe(scene.data, {...NOTHING, glyph}))
}

function showWhole(scene, event) {
  const pane = scene.sentence.paneAt(...scene.pointAt(event))
  if (event.target.classList.contains("sheet") && pane?.stretch) zoom(scene, pane, null)
}

function pressButton(scene, {target}, send) {
  const {remove, whole} = target.dataset
  if (remove !== undefined) send({type: "remove_sentence", sentence: Number(remove)})
  if (whole !== undefined) zoom(scene, scene.sentence.panes[whole], null)
}

/** Listens on the sentences; `send` takes one message for the server. */
export function listenToSentences(scene, send) {
  const {picture, root} = scene
  picture.addEventListener("pointerdown", (event) => scene.ready && pressPointer(scene, event))
  picture.addEventListener("dblclick", (event) => scene.ready && showWhole(scene, event))
  picture.addEventListener("keydown", (event) => scene.ready && pressKey(scene, event, send))
  root.addEventListener("click", (event) => scene.ready && pressButton(scene, event, send))
}
