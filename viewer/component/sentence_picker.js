/** The line for sentences: typed ones are read by the network, recorded ones offered by their text. */

import {Combobox} from "./combobox.js"
import {html} from "./svg.js"

const WORDS = {
  label: "Add a sentence", placeholder: "type your own, or pick one", offered: "Sentences",
  id: "sentences",
}

function drawSentence(option, {name, note, text}) {
  option.classList.add("sentence")
  html(option, "span", "option-note", [name, note].filter(Boolean).join(" · "))
  html(option, "span", "option-text", text)
}

function drawShown(list, names, send) {
  list.replaceChildren()
  names.forEach((name, index) => {
    const item = html(list, "li", "shown")
    html(item, "span", "shown-text", name)
    const cross = html(item, "button", "cross", "×")
    cross.ariaLabel = `Remove ${name}`
    cross.addEventListener("click", () => send({type: "remove", index}))
  })
}

export function render({model, el}) {
  const root = html(null, "div", "find")
  const send = (message) => model.send_msg(message)
  const search = new Combobox(root, WORDS, {
    draw: drawSentence,
    ask: (text) => send({type: "typed", text}),
    take: (offer, written) => {
      const sentence = offer?.sentence ?? written
      if (sentence !== "") send({type: "add", sentence})
    },
  })
  search.line.addEventListener("focus", () => search.seek())
  const shown = html(root, "ul", "shown-list")
  shown.ariaLabel = "Sentences shown"
  const draw = () => drawShown(shown, model.shown, send)
  model.on("shown", draw)
  model.on("msg:custom", (data) => {
    if (data.type === "found") search.offer(data.found, data.text)
    if (data.type === "answer") search.answer(data.problem)
  })
  draw()
  el.replaceChildren(root)
}
