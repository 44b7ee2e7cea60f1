/** The input line for sentences: type one for the network to read, or pick a recorded one. */

import {button, html} from "../scene/elements.js"
import {Combobox} from "./combobox.js"

const TEXTS = {
  label: "Add a sentence", placeholder: "type your own, or pick one", offered: "Sentences",
  id: "sentences",
}

const READING = "reading the sentence …" // the first typed one waits for PyTorch

/** A text in pieces [{text, found}], the occurrences of what is sought marked as found. */
export function markedParts(text, sought) {
  const [lower, part, pieces] = [text.toLowerCase(), sought.trim().toLowerCase(), []]
  if (!part || lower.length !== text.length) return [{text, found: false}]
  let from = 0
  for (let at = lower.indexOf(part); at >= 0; at = lower.indexOf(part, from)) {
    if (at > from) pieces.push({text: text.slice(from, at), found: false})
    from = at + part.length
    pieces.push({text: text.slice(at, from), found: true})
  }
  return from < text.length ? [...pieces, {text: text.slice(from), found: false}] : pieces
}

function drawSentence(option, {name, note, text}, sought) {
  option.classList.add("sentence")
  html(option, "span", "option-note", [name, note].filter(Boolean).join(" · "))
  const shown = html(option, "span", "option-text")
  for (const {text: piece, found} of markedParts(text, sought)) {
    html(shown, found ? "mark" : "span", "", piece)
  }
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
      if (sentence === "") return
      search.busy(READING)
      send({type: "add", sentence})
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
