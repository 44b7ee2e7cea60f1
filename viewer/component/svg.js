/** Making SVG and HTML elements. Text goes through textContent, so nothing in it is ever run. */

const SVG = "http://www.w3.org/2000/svg"

/** Sets attributes; a null value removes one. */
export function set(node, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null) node.removeAttribute(name)
    else if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value)
  }
  return node
}

/** A new SVG element, appended to `parent`. */
export function svg(parent, tag, attributes = {}, text) {
  const node = set(document.createElementNS(SVG, tag), attributes)
  if (text !== undefined) node.textContent = text
  parent?.append(node)
  return node
}

/** A new HTML element, appended to `parent`. */
export function html(parent, tag, className, text) {
  const node = document.createElement(tag)
  node.className = className
  if (text !== undefined) node.textContent = text
  parent?.append(node)
  return node
}

/**
 * Keeps one child of `parent` a key: makes missing ones with `make(key)`, removes those not in
 * `keys`, and returns them by key. `kept` is the map of the call before.
 */
export function keyed(parent, kept, keys, make) {
  const wanted = new Set(keys)
  for (const [key, node] of kept) {
    if (wanted.has(key)) continue
    node.remove()
    kept.delete(key)
  }
  for (const key of wanted) {
    if (!kept.has(key)) kept.set(key, make(key, parent))
  }
  return kept
}
