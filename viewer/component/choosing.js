/** What a click or the Enter key does: pinning clusters, selecting words and units. */

import {reached, sameFocus} from "./focus.js"
import {selectLinks} from "./links.js"

/** Pins a chip or cloud: its clouds grow to all their words; the same again, or null, lets go. */
export function pin(scene, focus) {
  const again = sameFocus(focus, scene.pinned)
  scene.release()
  if (focus && !again) {
    scene.pinned = focus
    const links = selectLinks(scene.data.clusters, scene.data.look.link_range, focus)
    const strongestFirst = reached(focus, links.reverse()).clouds
    scene.grown = new Set(focus.kind === "cloud" ? [focus.cluster] : strongestFirst)
  }
  scene.glide()
}

/** Whether an event asks to add to what is selected, rather than to replace it. */
export function isAdding(event) {
  return event.shiftKey || event.ctrlKey || event.metaKey
}

/** Selects a word alone, or lets it go; or adds it to those selected (the server knows which). */
export function chooseWord(scene, word, adding, send) {
  if (adding) send({type: "add_word", word_id: word})
  else send({type: "word", word_id: word === scene.data.selection.word ? null : word})
}

/** Selects a unit alone, or lets it go; or adds it to those selected. */
export function chooseUnit(scene, unit, adding, send) {
  if (adding) send({type: "add_unit", unit})
  else send({type: "unit", unit: unit === scene.data.selection.unit ? null : unit})
}
