/** Creates SVG and HTML elements. Text is set through textContent, so it is never parsed as HTML. */

const SVG = "http://www.w3.org/2000/svg"

/** Sets attributes; a null value removes one. */
export function set(node, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null) node.removeAttribute(name)
    else if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value)
  }
  return node
}

function filled(node, parent, text) {
  if (text !== undefined) node.textContent = text
  parent?.append(node)
  return node
}

/** A new SVG element, appended to `parent`. */
export function svg(parent, tag, attributes = {}, text = undefined) {
  return filled(set(document.createElementNS(SVG, tag), attributes), parent, text)
}

/** A new HTML element, appended to `parent`. */
export function html(parent, tag, className = "", text = undefined) {
  return filled(Object.assign(document.createElement(tag), {className}), parent, text)
}

/** A new button, appended to `parent`, that calls `act` when it is clicked. */
export function button(parent, text, act, className = "") {
  const node = Object.assign(html(parent, "button", className, text), {type: "button"})
  node.addEventListener("click", act)
  return node
}

/**
 * A panel over the view, with a title; a click beside it closes it, and then it is gone. Returns {panel, page,
 * leaving}: `leaving(text, act)` adds a button to its head that closes it and then acts.
 */
export function makePanel(parent, className, name, title) {
  const panel = Object.assign(html(parent, "dialog", className), {ariaLabel: name})
  panel.addEventListener("close", () => panel.remove())
  panel.addEventListener("click", (event) => event.target === panel && panel.close())
  const page = html(panel, "div", "help-page")
  const head = html(page, "header")
  html(head, "h2", "", title)
  const leaving = (text, act = () => {}, kind = "") => button(head, text, () => {
    panel.close()
    act()
  }, kind)
  return {panel, page, leaving}
}

/** Places an absolutely positioned HTML element: `box` in pixels, by the names of CSS. */
export function place(node, box) {
  for (const [name, value] of Object.entries(box)) node.style[name] = `${value}px`
}

/** Shows the items of a Panel component in `root`: `make(item, send)` returns an element each. */
export function renderItems({model, el}, root, make) {
  const send = (message) => model.send_msg(message)
  const draw = () => root.replaceChildren(...model.items.map((item) => make(item, send)))
  model.on("items", draw)
  draw()
  el.replaceChildren(root)
}

/**
 * Keeps one child of `parent` per key: creates missing ones with `make(key, parent)`, removes those
 * not in `keys`, and returns them by key. `kept` is the map of the previous call.
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
