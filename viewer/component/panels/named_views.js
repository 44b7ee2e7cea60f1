/** The views that people have named: each a link with its note; a cross removes it. */

import {button, html, renderItems} from "../scene/elements.js"

/** Copies a view's short address; shows it where the browser allows no copies (plain HTTP). */
async function copy(link, node) {
  await navigator.clipboard?.writeText(link.href)
  node.textContent = navigator.clipboard ? "Copied" : link.href
}

/** One view; `item` is {id, name, note, saved, current}. */
function line({id, name, note, saved, current}, send) {
  const node = html(null, "li", current ? "current" : "")
  const link = html(node, "a", "open", name)
  link.href = `?view=${id}`
  if (current) link.ariaCurrent = "page"
  if (note) html(node, "p", "note", note)
  const foot = html(node, "div", "foot")
  html(foot, "span", "saved", saved)
  const copied = button(foot, "Copy link", () => copy(link, copied), "copy")
  const remove = button(foot, "Remove", () => {
    if (remove.dataset.sure) send({type: "remove_view", view: id})
    remove.dataset.sure = "1"
    remove.textContent = "Remove it for everybody?"
  }, "remove")
  remove.ariaLabel = `Remove ${name}`
  return node
}

export const render = (view) => renderItems(view, html(null, "ul"), line)
