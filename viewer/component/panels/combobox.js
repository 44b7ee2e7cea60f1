/** An input line with suggestions below it, after the combobox pattern of WAI-ARIA. */

import {html} from "../scene/elements.js"

/** The next index in a list walked with the arrow keys; -1 is the line itself. */
export function nextIndex(index, step, count) {
  return ((index + 1 + step + count + 1) % (count + 1)) - 1
}

function makeParts(root, {label, placeholder, offered, id}) {
  const line = Object.assign(html(html(root, "label", "label", label), "input", "line"), {
    type: "text", role: "combobox", placeholder, spellcheck: false,
    autocomplete: "off", ariaAutoComplete: "list", ariaExpanded: "false",
  })
  const list = Object.assign(html(root, "ul", "options"), {
    id: `found-${id}`, role: "listbox", ariaLabel: offered, ariaBusy: "false",
  })
  const problem = Object.assign(html(root, "p", "problem"), {id: `${id}-problem`, role: "status"})
  line.setAttribute("aria-controls", list.id)
  line.setAttribute("aria-describedby", problem.id)
  return {line, list, problem}
}

export class Combobox {
  /**
   * `texts`: {label, placeholder, offered (what the list holds), id}; `draw(option, offer)` fills an
   * element of the list; `ask(text)` requests offers, and the answer calls `offer`, even if there are
   * none; `take(offer, text)` acts on the chosen offer (undefined if the text was entered as it is),
   * and its answer calls `answer`. Offers are identified by their `name`. `eager`: Enter takes the
   * first offer where none is chosen, once the offers for the text are there.
   */
  constructor(root, texts, {draw, ask, take, eager = false}) {
    Object.assign(this, {draw, ask, take, eager, offers: [], chosen: -1}, makeParts(root, texts))
    this.listen()
  }

  get text() {
    return this.line.value
  }

  listen() {
    this.line.addEventListener("input", () => {
      this.problem.textContent = ""
      this.awaited = false
      this.choose(-1) // the choice was among the offers for another text
      this.seek()
    })
    this.line.addEventListener("keydown", (event) => this.press(event))
    this.line.addEventListener("blur", () => this.show([]))
    // The line keeps the keyboard focus: a blur would close the list before the click arrives.
    this.list.addEventListener("pointerdown", (event) => event.preventDefault())
    this.list.addEventListener("click", (event) => {
      const index = [...this.list.children].indexOf(event.target.closest(".option"))
      if (index >= 0) this.enter(index)
    })
  }

  press(event) {
    const step = {ArrowDown: 1, ArrowUp: -1}[event.key]
    if (step && this.offers.length) {
      this.choose(nextIndex(this.chosen, step, this.offers.length))
      event.preventDefault()
    }
    if (event.key === "Enter") this.accept()
    if (event.key === "Escape") {
      if (this.offers.length) this.show([])
      else this.line.blur()
      event.stopPropagation()
    }
  }

  /** Takes what Enter means; offers that are still to come are awaited where the first is meant. */
  accept() {
    this.awaited = this.eager && this.chosen < 0 && this.list.ariaBusy === "true"
    if (!this.awaited) this.enter(this.eager && this.chosen < 0 && this.offers.length ? 0 : this.chosen)
  }

  /** Takes the offer at an index, or at -1 the text as it is. */
  enter(index) {
    const offer = this.offers[index]
    this.show([])
    this.take(offer, this.text)
    this.entered = this.text
  }

  choose(index) {
    this.chosen = index
    const options = [...this.list.children]
    options.forEach((option, i) => { option.ariaSelected = String(i === index) })
    options[index]?.scrollIntoView({block: "nearest"})
    this.line.setAttribute("aria-activedescendant", options[index]?.id ?? "")
  }

  /** Requests offers for the text; those shown stay until the answer arrives. */
  seek() {
    this.list.ariaBusy = "true"
    this.ask(this.text)
  }

  offer(offers, text) {
    if (this.list.ariaBusy !== "true" || text !== this.text) return
    this.show(offers)
    if (this.awaited) this.accept()
  }

  /** Shows offers below the line; the chosen one stays chosen if it is among them. */
  show(offers) {
    const chosen = this.offers[this.chosen]?.name
    this.offers = offers
    this.list.replaceChildren()
    offers.forEach((offer, i) => {
      const option = html(this.list, "li", "option")
      Object.assign(option, {id: `${this.list.id}-${i}`, role: "option"})
      this.draw(option, offer, this.text)
    })
    this.choose(offers.findIndex(({name}) => name === chosen))
    this.line.ariaExpanded = String(offers.length > 0)
    this.list.ariaBusy = "false"
  }

  /** Says what is being done about what was entered, until the answer arrives. */
  busy(text) {
    this.line.ariaBusy = "true"
    this.problem.textContent = text
  }

  /** Shows what was wrong with what was entered, or clears the line for the next. */
  answer(problem) {
    this.line.ariaBusy = "false"
    this.problem.textContent = problem
    // A text typed since is already the next one, and an empty line may show its offers again.
    if (problem || !this.text || this.text !== this.entered) return
    this.line.value = ""
    this.show([])
  }
}
