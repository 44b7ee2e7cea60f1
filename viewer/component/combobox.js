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
    id: `found-${id}`, role: "listbox", ariaLabel: offered,
  })
  const problem = Object.assign(html(root, "p", "problem"), {id: `${id}-problem`, role: "status"})
  line.setAttribute("aria-controls", list.id)
  line.setAttribute("aria-describedby", problem.id)
  return {line, list, problem}
}

export class Combobox {
  /**
   * `words`: {label, placeholder, offered (what the list holds), id}; `draw(option, offer)` fills an
   * element of the list; `ask(text)` looks for offers; `take(offer, text)` acts on the chosen offer,
   * which is undefined where the text was entered as it is.
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
      this.ask(this.text)
    })
    this.line.addEventListener("keydown", (event) => this.press(event))
    this.line.addEventListener("blur", () => this.offer([]))
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
      if (this.offers.length) this.offer([])
      else this.line.blur()
      event.stopPropagation()
    }
  }

  /** Takes the offer at a place, or at -1 what is written. */
  enter(place) {
    const offer = this.offers[place]
    this.offer([])
    this.take(offer, this.text)
  }

  choose(place) {
    this.chosen = place
    const options = [...this.list.children]
    options.forEach((option, i) => { option.ariaSelected = String(i === place) })
    options[place]?.scrollIntoView({block: "nearest"})
    this.line.setAttribute("aria-activedescendant", options[place]?.id ?? "")
  }

  /** Shows offers below the line; an answer to something written before is left aside. */
  offer(offers, text = this.text) {
    if (text !== this.text) return
    this.offers = offers
    this.list.replaceChildren()
    offers.forEach((offer, i) => {
      const option = html(this.list, "li", "option")
      Object.assign(option, {id: `${this.list.id}-${i}`, role: "option"})
      this.draw(option, offer)
    })
    this.choose(-1)
    this.line.ariaExpanded = String(offers.length > 0)
  }

  /** Says what was wrong with what was entered, or makes room for the next. */
  answer(problem) {
    this.problem.textContent = problem
    if (!problem) this.line.value = ""
  }
}
