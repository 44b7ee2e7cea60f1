/** The guided tour: each step clicks for the visitor, lights what answers, and says a sentence on it. */

import {button, html, place} from "../scene/elements.js"
import {endOffer} from "./tour_offer.js"
import {chosenFrom, stepsFor} from "./tour_steps.js"

const MARGIN = 8
const GAP = 14

/**
 * The position of a card {width, height} next to the lit box {left, top, width, height}, in a window
 * {width, height}: right, left, above or below where there is room, else in its lower corner. Pure.
 */
export function placeCard(lit, card, window) {
  const [end, bottom] = [lit.left + lit.width, lit.top + lit.height]
  const inside = {x: end - card.width - GAP, y: bottom - card.height - GAP}
  const places = [
    [end + GAP + card.width <= window.width, end + GAP, lit.top + GAP],
    [lit.left - GAP - card.width >= MARGIN, lit.left - GAP - card.width, lit.top + GAP],
    [lit.top - GAP - card.height >= MARGIN, inside.x, lit.top - GAP - card.height],
    [bottom + GAP + card.height <= window.height, inside.x, bottom + GAP],
    [true, inside.x, inside.y],
  ]
  const [, x, y] = places.find(([fits]) => fits)
  const within = (at, size, most) => Math.max(MARGIN, Math.min(at, most - size - MARGIN))
  return {left: within(x, card.width, window.width), top: within(y, card.height, window.height)}
}

/** The box around boxes {left, top, right, bottom}; one without size in the middle without any. Pure. */
export function around(boxes, {width, height}) {
  if (!boxes.length) return {left: width / 2, top: height / 3, width: 0, height: 0}
  const [left, top] = ["left", "top"].map((side) => Math.min(...boxes.map((box) => box[side])))
  const [right, bottom] = ["right", "bottom"].map((side) => Math.max(...boxes.map((box) => box[side])))
  return {left, top, width: right - left, height: bottom - top}
}

/** The elements of a step: in the view, or else in the page around it. */
function elementsOf(scene, selectors) {
  const find = (css) => scene.root.querySelector(css) ?? document.querySelector(css)
  return selectors.map(find).filter((node) => node?.checkVisibility())
}

class Tour {
  constructor(scene, send) {
    Object.assign(this, {scene, send, isBusy: false, wanted: null})
    this.isLive = !scene.root.closest(".offline")
    this.dialog = Object.assign(html(scene.root, "dialog", "tour"), {ariaLabel: "Guided tour"})
    scene.answered = () => this.turn()
    this.lit = html(this.dialog, "div", "lit")
    this.card = html(this.dialog, "div", "card")
    const said = Object.assign(html(this.card, "div"), {ariaLive: "polite"})
    this.title = html(said, "h2")
    this.text = html(said, "p")
    this.progress = html(this.card, "span", "progress")
    button(this.card, "Close", () => this.dialog.close())
    this.back = button(this.card, "Back", () => this.show(this.step - 1))
    this.next = button(this.card, "Next", () => this.show(this.step + 1), "primary")
    this.dialog.addEventListener("keydown", (event) => this.press(event))
    this.dialog.addEventListener("close", () => this.end())
    this.dialog.showModal()
    this.show(0)
    this.follow()
    this.next.focus()
  }

  /** What is clicked is chosen once the page shows what the tour is about. */
  get steps() {
    if (this.step > 0) return this.fixed ??= this.found
    return this.found
  }

  get found() {
    return stepsFor(chosenFrom(this.scene.data, this.isLive))
  }

  press(event) {
    const by = {ArrowRight: 1, ArrowLeft: -1}[event.key]
    if (by && this.steps[this.step + by]) this.show(this.step + by)
  }

  /** Shows the step that was asked for while the server answered another. */
  turn() {
    const {wanted} = this
    Object.assign(this, {isBusy: false, wanted: null})
    this.card.ariaBusy = "false"
    if (this.dialog.open && wanted !== null) this.show(wanted)
  }

  show(number) {
    if (this.isBusy) {
      this.wanted = number
      return
    }
    this.step = number
    const step = this.steps[number]
    if (!step) {
      this.dialog.close()
      return
    }
    this.isBusy = this.isLive // until the server has answered
    this.card.ariaBusy = String(this.isBusy)
    this.send({type: "tour", query: String(new URLSearchParams(step.asks))})
    this.title.textContent = step.title
    this.text.textContent = step.text
    this.progress.textContent = `${number + 1} of ${this.steps.length}`
    this.back.disabled = number === 0
    this.next.textContent = this.steps[number + 1] ? "Next" : "Done"
    this.selectors = step.lit
    elementsOf(this.scene, step.lit)[0]?.scrollIntoView({block: "nearest"})
  }

  /** Keeps the light on what the page moves or draws again. */
  follow() {
    if (!this.dialog.open) return
    const window = {width: innerWidth, height: innerHeight}
    const boxes = elementsOf(this.scene, this.selectors).map((node) => node.getBoundingClientRect())
    const lit = around(boxes, window)
    place(this.lit, lit)
    place(this.card, placeCard(lit, {width: this.card.offsetWidth, height: this.card.offsetHeight}, window))
    requestAnimationFrame(() => this.follow())
  }

  end() {
    this.send({type: "tour", query: null})
    this.dialog.remove()
  }
}

export function startTour(scene, send) {
  endOffer()
  return new Tour(scene, send)
}
