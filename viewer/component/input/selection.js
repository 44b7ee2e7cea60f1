/** What a click or the Enter key does: pinning clusters, selecting words, units and steps. */

import {pinName, sameFocus} from "../scene/highlight.js"

/** Pins a chip or cloud, whose clouds expand to all their words; again, or null, releases it. */
export function pin(scene, focus, send) {
  const pinned = sameFocus(focus, scene.pinned) ? null : focus
  scene.release()
  scene.hold(pinned)
  scene.glide()
  send({type: "pin", pinned: pinName(pinned)})
}

/** The list without the value, or with it; a full list drops its oldest value but the first. */
export function toggled(list, value, most) {
  if (list.includes(value)) return list.filter((each) => each !== value)
  return [...(list.length < most ? list : [list[0], ...list.slice(2)]), value]
}

function isAdding(event) {
  return event.shiftKey || event.ctrlKey || event.metaKey
}

/** Selects only this word or deselects it; or adds it to the selection (the server knows which). */
export function chooseWord(scene, word, event, send) {
  if (isAdding(event)) send({type: "add_word", word_id: word})
  else send({type: "word", word_id: word === scene.data.selection.words[0] ? null : word})
}

/** Selects only this unit or deselects it; or adds it to the selection. */
export function chooseUnit(scene, unit, event, send) {
  if (isAdding(event)) send({type: "add_unit", unit})
  else send({type: "unit", unit: unit === scene.data.selection.units[0] ? null : unit})
}

/** Silences a chip, without which the sentences are read again; again, or null, ends it. */
export function silence(scene, cluster, send) {
  scene.silencing = cluster === scene.data.selection.silenced ? null : cluster
  scene.markFocus()
  send({type: "silence", cluster: scene.silencing})
}

const isSame = ([sentence, position], step) => sentence === step[0] && position === step[1]

/** All selected steps, the first one first. */
export function stepsOf({step, other_steps: others}) {
  return step ? [step, ...(others ?? [])] : []
}

/** The steps with one more, in place of another of its sentence, or without it. */
export function toggledSteps(steps, step, most) {
  if (steps.some((each) => isSame(each, step))) return steps.filter((each) => !isSame(each, step))
  return toggled(steps.filter(([sentence]) => sentence !== step[0]), step, most)
}

/** Selects only this word of a sentence or deselects it; or adds it to those of other sentences. */
export function chooseStep(scene, {sentence, position}, event, send) {
  const {selection, constants: {limits}} = scene.data
  const [old, step] = [stepsOf(selection), [sentence, position]]
  const again = old.length > 0 && isSame(old[0], step)
  const adds = isAdding(event)
  const [first = null, ...others] = adds
    ? toggledSteps(old, step, limits.steps) : again ? [] : [step]
  scene.take({selection: {...selection, step: first, other_steps: others}})
  scene.sentence.chosen(scene)
  if (adds) send({type: "add_step", sentence, position})
  else send(again ? {type: "step", sentence: null} : {type: "step", sentence, position})
}
