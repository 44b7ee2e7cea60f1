/** The search line: suggestions while typing, what could not be found, and the key that leads here. */

import {html} from "./svg.js"

const IDS = {list: "found-names", problem: "find-problem"}

/** The next place in a list that is walked with the arrow keys; -1 is the line itself. */
export function nextPlace(place, step, count) {
  return ((place + 1 + step + count + 1) % (count + 1)) - 1
}

/** Whether the keyboard writes into something, so that a letter is no command. */
export function isWriting(event) {
  const node = event.composedPath()[0]
  return /^(INPUT|TEXTAREA|SELECT)$/.test(node?.tagName ?? "") || Boolean(node?.isContentEditable)
}

function drawOption(list, {name, tag, count}, i, chosen) {
  const option = html(list, "li", "option", name)
  option.id = `${IDS.list}-${i}`
  option.role = "option"
  option.ariaSelected = String(i === chosen)
  const note = [tag, count && `${count.toLocaleString("en-GB")}×`].filter(Boolean).join(" · ")
  html(option, "span", "option-note", note)
}

class SearchLine {
  constructor(root, send) {
    Object.assign(this, {send, names: [], chosen: -1})
    const label = html(root, "label", "label", "Find")
    this.input = html(label, "input", "line")
    Object.assign(this.input, {
      type: "text", role: "combobox", placeholder: "a word, or unit 17", spellcheck: false,
      autocomplete: "off", ariaAutoComplete: "list", ariaExpanded: "false", ariaKeyShortcuts: "/",
    })
    this.input.setAttribute("aria-controls", IDS.list)
    this.input.setAttribute("aria-describedby", IDS.problem)
    this.list = html(root, "ul", "options")
    Object.assign(this.list, {id: IDS.list, role: "listbox", ariaLabel: "Words and units"})
    this.problem = html(root, "p", "problem")
    Object.assign(this.problem, {id: IDS.problem, role: "status"})
    this.listen()
  }

  listen() {
    this.input.addEventListener("input", () => {
      this.problem.textContent = ""
      this.send({type: "typed", text: this.input.value})
    })
    this.input.addEventListener("keydown", (event) => this.press(event))
    this.input.addEventListener("blur", () => this.offer([]))
    // The line keeps the keyboard, so that a click on a name is not first a loss of focus.
    this.list.addEventListener("pointerdown", (event) => event.preventDefault())
    this.list.addEventListener("click", (event) => {
      const place = [...this.list.children].indexOf(event.target.closest(".option"))
      if (place >= 0) this.find(this.names[place].text)
    })
  }

  press(event) {
    const step = {ArrowDown: 1, ArrowUp: -1}[event.key]
    if (step && this.names.length) {
      this.choose(nextPlace(this.chosen, step, this.names.length))
      event.preventDefault()
    }
    if (event.key === "Enter") this.find(this.names[this.chosen]?.text ?? this.input.value)
    if (event.key === "Escape") {
      if (this.names.length) this.offer([])
      else this.input.blur()
      event.stopPropagation()
    }
  }

  find(text) {
    this.input.value = text
    this.offer([])
    if (text.trim()) this.send({type: "find", text})
  }

  choose(place) {
    this.chosen = place
    const options = [...this.list.children]
    options.forEach((option, i) => { option.ariaSelected = String(i === place) })
    this.input.setAttribute("aria-activedescendant", options[place]?.id ?? "")
  }

  /** Shows names below the line; an answer to something typed before is left aside. */
  offer(names, text = this.input.value) {
    if (text !== this.input.value) return
    this.names = names
    this.list.replaceChildren()
    names.forEach((name, i) => drawOption(this.list, name, i, this.chosen))
    this.choose(-1)
    this.input.ariaExpanded = String(names.length > 0)
  }

  /** Says what could not be found, or makes room for the next name. */
  answer(problem) {
    this.problem.textContent = problem
    if (!problem) this.input.value = ""
  }
}

export function render({model, el}) {
  const root = html(null, "div", "find")
  const line = new SearchLine(root, (message) => model.send_msg(message))
  model.on("msg:custom", (data) => {
    if (data.type === "names") line.offer(data.names, data.text)
    if (data.type === "answer") line.answer(data.problem)
  })
  const lead = (event) => {
    if (event.key !== "/" || isWriting(event)) return
    event.preventDefault()
    line.input.focus()
    line.input.select()
  }
  document.addEventListener("keydown", lead)
  model.on("remove", () => document.removeEventListener("keydown", lead))
  el.replaceChildren(root)
}
