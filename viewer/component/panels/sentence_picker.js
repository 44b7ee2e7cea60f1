/** The input line for sentences: type one for the network to read, or pick a recorded one. */

import {button, html} from "../scene/elements.js"
import {Combobox} from "./combobox.js"

const TEXTS = {
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
    button(item, "×", () => send({type: "remove", index}), "cross").ariaLabel = `Remove ${name}`
  })
}

export function render({model, el}) {
  const root = html(null, "div", "find")
  const send = (message) => model.send_msg(message)
  const search = new Combobox(root, TEXTS, {
    draw: drawSentence,
    ask: (text) => send({type: "typed", text}),
    take: (offer, typed) => {
      const sentence = offer?.sentence ?? typed
      if (sentence !== "") send({type: "add", sentence})
    },
  })
  search.line.addEventListener("focus", () => search.seek())
  const shown = Object.assign(html(root, "ul", "shown-list"), {ariaLabel: "Sentences shown"})
  const draw = () => drawShown(shown, model.shown, send)
  model.on("shown", draw)
  model.on("msg:custom", (data) => {
    if (data.type === "found") search.offer(data.found, data.text)
    if (data.type === "answer") search.answer(data.problem)
  })
  draw()
  el.replaceChildren(root)
}
