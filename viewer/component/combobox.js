/** A line to write in with offers below it, reached by arrows or pointer (WAI-ARIA's combobox). */

import {html} from "./svg.js"

/** The next place in a list that is walked with the arrow keys; -1 is the line itself. */
export function nextPlace(place, step, count) {
  return ((place + 1 + step + count + 1) % (count + 1)) - 1
}

function makeParts(root, {label, placeholder, offered, id}) {
  const line = html(html(root, "label", "label", label), "input", "line")
  Object.assign(line, {
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
   * `words`: {label, placeholder, offered (what the list holds), id}; `draw(option, offer)` fills an
   * element of the list; `ask(text)` looks for offers and is answered by `offer`, also where there
   * are none; `take(offer, text)` acts on the chosen offer, which is undefined where the text was
   * entered as it is, and is answered by `answer`. An offer is known again by its `name`.
   */
  constructor(root, words, {draw, ask, take}) {
    Object.assign(this, {draw, ask, take, offers: [], chosen: -1}, makeParts(root, words))
    this.listen()
  }

  get text() {
    return this.line.value
  }

  listen() {
    this.line.addEventListener("input", () => {
      this.problem.textContent = ""
      this.choose(-1) // a choice was made among the offers to another text
      this.seek()
    })
    this.line.addEventListener("keydown", (event) => this.press(event))
    this.line.addEventListener("blur", () => this.show([]))
    // The line keeps the keyboard, so that a click on an offer is not first a loss of focus.
    this.list.addEventListener("pointerdown", (event) => event.preventDefault())
    this.list.addEventListener("click", (event) => {
      const place = [...this.list.children].indexOf(event.target.closest(".option"))
      if (place >= 0) this.enter(place)
    })
  }

  press(event) {
    const step = {ArrowDown: 1, ArrowUp: -1}[event.key]
    if (step && this.offers.length) {
      this.choose(nextPlace(this.chosen, step, this.offers.length))
      event.preventDefault()
    }
    if (event.key === "Enter") this.enter(this.chosen)
    if (event.key === "Escape") {
      if (this.offers.length) this.show([])
      else this.line.blur()
      event.stopPropagation()
    }
  }

  /** Takes the offer at a place, or at -1 what is written. */
  enter(place) {
    const offer = this.offers[place]
    this.show([])
    this.take(offer, this.text)
    this.entered = this.text
  }

  choose(place) {
    this.chosen = place
    const options = [...this.list.children]
    options.forEach((option, i) => { option.ariaSelected = String(i === place) })
    options[place]?.scrollIntoView({block: "nearest"})
    this.line.setAttribute("aria-activedescendant", options[place]?.id ?? "")
  }

  /** Looks for offers to what is written; until they are there, those that are shown may change. */
  seek() {
    this.list.ariaBusy = "true"
    this.ask(this.text)
  }

  /** Takes in what was found for a text, unless the text has changed or the list was left since. */
  offer(offers, text) {
    if (this.list.ariaBusy === "true" && text === this.text) this.show(offers)
  }

  /** Shows offers below the line; the chosen one stays chosen where it is among them. */
  show(offers) {
    const chosen = this.offers[this.chosen]?.name
    this.offers = offers
    this.list.replaceChildren()
    offers.forEach((offer, i) => {
      const option = html(this.list, "li", "option")
      Object.assign(option, {id: `${this.list.id}-${i}`, role: "option"})
      this.draw(option, offer)
    })
    this.choose(offers.findIndex(({name}) => name === chosen))
    this.line.ariaExpanded = String(offers.length > 0)
    this.list.ariaBusy = "false"
  }

  /** Says what was wrong with what was entered, or makes room for the next. */
  answer(problem) {
    this.problem.textContent = problem
    // What was written since is the next already, and an empty line may show what it offers again.
    if (problem || !this.text || this.text !== this.entered) return
    this.line.value = ""
    this.show([])
  }
}
