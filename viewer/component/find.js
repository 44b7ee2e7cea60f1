/** The search line for words and units, and the key that leads to it. */

import {Combobox} from "./combobox.js"
import {html} from "./svg.js"

const WORDS = {
  label: "Find", placeholder: "a word, or unit 17", offered: "Words and units", id: "names",
}

/** Whether the keyboard writes into something, so that a letter is no command. */
export function isWriting(event) {
  const node = event.composedPath()[0]
  return /^(INPUT|TEXTAREA|SELECT)$/.test(node?.tagName ?? "") || Boolean(node?.isContentEditable)
}

function drawName(option, {name, tag, count}) {
  option.textContent = name
  const note = [tag, count && `${count.toLocaleString("en-GB")}×`].filter(Boolean).join(" · ")
  html(option, "span", "option-note", note)
}

export function render({model, el}) {
  const root = html(null, "div", "find")
  const search = new Combobox(root, WORDS, {
    draw: drawName,
    ask: (text) => model.send_msg({type: "typed", text}),
    take: (name, written) => {
      const text = name?.text ?? written
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
    if (event.key !== "/" || isWriting(event)) return
    event.preventDefault()
    search.line.focus()
    search.line.select()
  }
  document.addEventListener("keydown", lead)
  model.on("remove", () => document.removeEventListener("keydown", lead))
  el.replaceChildren(root)
}
