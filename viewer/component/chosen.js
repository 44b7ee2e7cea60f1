/** The selected words or units as chips: a swatch of their colour, how often they occur, and a cross. */

/** One chip; `item` is {id, text, count, note, colour, dashed}, `id` null for what stays. */
function chip(item, send) {
  const node = document.createElement("span")
  node.className = item.note ? "chosen doubtful" : "chosen"
  node.style.setProperty("--own", item.colour)
  const part = (name, text) => {
    const child = document.createElement("span")
    child.className = name
    child.textContent = text
    node.append(child)
  }
  part(item.dashed ? "swatch thin" : "swatch", "")
  part("name", item.text)
  if (item.count) part("count", item.count)
  if (item.note) {
    part("note", "!")
    node.title = item.note
  }
  if (item.id !== null) {
    const cross = document.createElement("button")
    cross.textContent = "×"
    cross.ariaLabel = `Remove ${item.text}`
    cross.addEventListener("click", () => send({type: "remove", id: item.id}))
    node.append(cross)
  }
  return node
}

export function render({model, el}) {
  const row = document.createElement("div")
  row.className = "chosen-row"
  const draw = () =>
    row.replaceChildren(...model.items.map((item) => chip(item, (m) => model.send_msg(m))))
  model.on("items", draw)
  draw()
  el.replaceChildren(row)
}
