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
  send({type: "silence", cluster: cluster === scene.data.selection.silenced ? null : cluster})
}

/** Selects a word of a sentence, or deselects it. */
export function chooseStep(scene, {sentence, position}, send) {
  const [oldSentence, oldPosition] = scene.data.selection.step ?? []
  const again = oldSentence === sentence && oldPosition === position
  scene.take({selection: {...scene.data.selection, step: again ? null : [sentence, position]}})
  scene.sentence.light(scene.sentence.hovered)
  send(again ? {type: "step", sentence: null} : {type: "step", sentence, position})
}
