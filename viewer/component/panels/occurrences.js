/** Where a word or unit changed most: the change and the word in context; a click shows it. */

import {button, html, renderItems} from "../scene/elements.js"

/** One line; `item` is {change, sign, sentence, position, before, word, after}. */
function line({change, sign, sentence, position, before, word, after}, send) {
  const node = html(null, "li")
  const show = button(node, "", () => send({type: "show", sentence, position}), "show")
  show.title = `Show sentence ${sentence}`
  html(show, "span", `change ${sign}`, change)
  const text = html(show, "span", "text")
  html(text, "span", "", before && `${before} `)
  html(text, "span", "word", word)
  html(text, "span", "", after && ` ${after}`)
  const add = button(node, "+", () => send({type: "add", sentence, position}), "add")
  add.ariaLabel = `Add sentence ${sentence} to those shown`
  return node
}

export const render = (view) => renderItems(view, html(null, "ol"), line)
