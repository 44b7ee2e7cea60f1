/** Where a word or unit moved most: the change, the word among its neighbours, a click shows it. */

function part(parent, name, text) {
  const node = document.createElement("span")
  node.className = name
  node.textContent = text
  parent.append(node)
}

function button(parent, name, label, act) {
  const node = document.createElement("button")
  node.className = name
  node.ariaLabel = label
  node.addEventListener("click", act)
  parent.append(node)
  return node
}

/** One line; `item` is {change, sign, sentence, position, before, word, after}. */
function line(item, send) {
  const node = document.createElement("li")
  const message = {sentence: item.sentence, position: item.position}
  const shown = button(node, "show", `Show sentence ${item.sentence}`, () =>
    send({type: "show", ...message}),
  )
  part(shown, `change ${item.sign}`, item.change)
  const text = document.createElement("span")
  text.className = "text"
  part(text, "", item.before && `${item.before} `)
  part(text, "word", item.word)
  part(text, "", item.after && ` ${item.after}`)
  shown.append(text)
  const add = button(node, "add", `Add sentence ${item.sentence} to those shown`, () =>
    send({type: "add", ...message}),
  )
  add.textContent = "+"
  return node
}

export function render({model, el}) {
  const list = document.createElement("ol")
  const draw = () =>
    list.replaceChildren(...model.items.map((item) => line(item, (m) => model.send_msg(m))))
  model.on("items", draw)
  draw()
  el.replaceChildren(list)
}
