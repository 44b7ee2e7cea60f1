/** What a click or the Enter key does: pinning clusters, selecting words and units. */

import {reached, sameFocus} from "./focus.js"
import {selectLinks} from "./links.js"

/** Pins a chip or cloud: its clouds grow to all their words; the same again, or null, lets go. */
export function pin(scene, focus, send) {
  const pinned = sameFocus(focus, scene.pinned) ? null : focus
  scene.release()
  scene.hold(pinned)
  scene.glide()
  send({type: "pin", pinned: pinned ? `${pinned.kind}~${pinned.cluster + 1}` : ""})
}

/** The clouds that a pinned chip or cloud lets grow, the strongest first. */
export function grownBy(focus, {clusters, look}) {
  if (focus.kind === "cloud") return new Set([focus.cluster])
  return new Set(reached(focus, selectLinks(clusters, look.link_range, focus).reverse()).clouds)
}

/** What “chip~4” or “cloud~2” names, {kind, cluster}; null for nothing. */
export function readPin(text) {
  const [kind, number] = text.split("~")
  return text ? {kind, cluster: Number(number) - 1} : null
}

/** The first one chosen and the further ones as one list. */
export function together(first, further) {
  return first === null || first === undefined ? [] : [first, ...(further ?? [])]
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
