/** The line for sentences: typed ones are read by the network, recorded ones offered by their text. */

import {nextPlace} from "./find.js"
import {html} from "./svg.js"

const IDS = {list: "found-sentences", problem: "sentence-problem"}

function drawOption(list, {name, note, text}, i) {
  const option = html(list, "li", "option sentence")
  option.id = `${IDS.list}-${i}`
  option.role = "option"
  html(option, "span", "option-note", [name, note].filter(Boolean).join(" · "))
  html(option, "span", "option-text", text)
}

class SentenceLine {
  constructor(root, send) {
    Object.assign(this, {send, found: [], chosen: -1})
    const label = html(root, "label", "label", "Add a sentence")
    this.input = html(label, "input", "line")
    Object.assign(this.input, {
      type: "text", role: "combobox", placeholder: "type your own, or pick one", spellcheck: false,
      autocomplete: "off", ariaAutoComplete: "list", ariaExpanded: "false",
    })
    this.input.setAttribute("aria-controls", IDS.list)
    this.input.setAttribute("aria-describedby", IDS.problem)
    this.list = html(root, "ul", "options")
    Object.assign(this.list, {id: IDS.list, role: "listbox", ariaLabel: "Sentences"})
    this.problem = html(root, "p", "problem")
    Object.assign(this.problem, {id: IDS.problem, role: "status"})
    this.listen()
  }

  listen() {
    const ask = () => this.send({type: "typed", text: this.input.value})
    this.input.addEventListener("input", () => {
      this.problem.textContent = ""
      ask()
    })
    this.input.addEventListener("focus", ask)
    this.input.addEventListener("keydown", (event) => this.press(event))
    this.input.addEventListener("blur", () => this.offer([]))
    // The line keeps the keyboard, so that a click on a sentence is not first a loss of focus.
    this.list.addEventListener("pointerdown", (event) => event.preventDefault())
    this.list.addEventListener("click", (event) => {
      const place = [...this.list.children].indexOf(event.target.closest(".option"))
      if (place >= 0) this.take(place)
    })
  }

  press(event) {
    const step = {ArrowDown: 1, ArrowUp: -1}[event.key]
    if (step && this.found.length) {
      this.choose(nextPlace(this.chosen, step, this.found.length))
      event.preventDefault()
    }
    if (event.key === "Enter") this.take(this.chosen)
    if (event.key === "Escape") {
      if (this.found.length) this.offer([])
      else this.input.blur()
      event.stopPropagation()
    }
  }

  /** Adds a sentence of the list, or at place -1 what is typed. */
  take(place) {
    const sentence = this.found[place]?.sentence ?? this.input.value
    this.offer([])
    if (sentence !== "") this.send({type: "add", sentence})
  }

  choose(place) {
    this.chosen = place
    const options = [...this.list.children]
    options.forEach((option, i) => { option.ariaSelected = String(i === place) })
    options[place]?.scrollIntoView({block: "nearest"})
    this.input.setAttribute("aria-activedescendant", options[place]?.id ?? "")
  }

  /** Shows sentences below the line; an answer to something typed before is left aside. */
  offer(found, text = this.input.value) {
    if (text !== this.input.value) return
    this.found = found
    this.list.replaceChildren()
    found.forEach((each, i) => drawOption(this.list, each, i))
    this.choose(-1)
    this.input.ariaExpanded = String(found.length > 0)
  }

  /** Says why a sentence is not shown, or makes room for the next. */
  answer(problem) {
    this.problem.textContent = problem
    if (!problem) this.input.value = ""
  }
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
  const line = new SentenceLine(root, send)
  const shown = html(root, "ul", "shown-list")
  shown.ariaLabel = "Sentences shown"
  const draw = () => drawShown(shown, model.shown, send)
  model.on("shown", draw)
  model.on("msg:custom", (data) => {
    if (data.type === "found") line.offer(data.found, data.text)
    if (data.type === "answer") line.answer(data.problem)
  })
  draw()
  el.replaceChildren(root)
}
