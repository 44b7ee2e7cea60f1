/** The selected words or units as chips: a swatch of their colour, their count, and a cross. */

import {button, html, renderItems} from "../scene/elements.js"

/** One chip; `item` is {id, text, count, note, colour, dashed}, `id` null if it cannot be removed. */
function chip(item, send) {
  const node = html(null, "span", item.note ? "chosen doubtful" : "chosen")
  node.style.setProperty("--own", item.colour)
  html(node, "span", item.dashed ? "swatch thin" : "swatch")
  html(node, "span", "name", item.text)
  if (item.count) html(node, "span", "count", item.count)
  if (item.note) {
    html(node, "span", "note", "!")
    node.title = item.note
  }
  if (item.id !== null) {
    button(node, "×", () => send({type: "remove", id: item.id})).ariaLabel = `Remove ${item.text}`
  }
  return node
}

export const render = (view) => renderItems(view, html(null, "div", "chosen-row"), chip)
