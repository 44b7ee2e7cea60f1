/** The search line for words and units, and the key that leads to it. */

import {isKey, isTyping} from "../input/keys.js"
import {html} from "../scene/elements.js"
import {Combobox} from "./combobox.js"

const TEXTS = {
  label: "Find", placeholder: "word, unit 17, /re/, pos:VERB", offered: "Words and units", id: "names",
}

function drawName(option, {name, tag, count}) {
  option.textContent = name
  const note = [tag, count && `${count.toLocaleString("en-GB")}×`].filter(Boolean).join(" · ")
  html(option, "span", "option-note", note)
}

export function render({model, el}) {
  const root = html(null, "div", "find")
  const search = new Combobox(root, TEXTS, {
    draw: drawName,
    eager: true,
    ask: (text) => model.send_msg({type: "typed", text}),
    take: (name, typed) => {
      const text = name?.text ?? typed
      search.line.value = text
      if (text.trim()) model.send_msg({type: "find", text})
    },
  })
  search.line.ariaKeyShortcuts = "/"
  model.on("msg:custom", (data) => {
    if (data.type === "names") search.offer(data.names, data.text)
    if (data.type === "answer") search.answer(data.problem)
  })
  const lead = (event) => {
    if (!isKey(event, "find") || isTyping(event)) return
    event.preventDefault()
    search.line.focus()
    search.line.select()
  }
  document.addEventListener("keydown", lead)
  model.on("remove", () => document.removeEventListener("keydown", lead))
  el.replaceChildren(root)
}
