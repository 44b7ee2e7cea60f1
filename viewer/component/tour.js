/** The guided tour: the parts of the page lit one after another, with a few words on each. */

import {TOUR} from "./help_text.js"
import {html} from "./svg.js"

const MARGIN = 8
const APART = 14

/**
 * Where a card {width, height} stands beside the lit box {left, top, width, height}, in a window
 * {width, height}: to the right where there is room, else to the left, else inside. Pure.
 */
export function placeCard(lit, card, window) {
  const right = lit.left + lit.width + APART
  const left = lit.left - APART - card.width
  const inside = lit.left + lit.width - card.width - APART
  const x = right + card.width <= window.width ? right : left >= MARGIN ? left : inside
  const y = Math.min(lit.top + APART, window.height - card.height - MARGIN)
  return {x: Math.max(MARGIN, x), y: Math.max(MARGIN, y)}
}

/** The parts of a column of the frame as a box of the view. Pure. */
export function columnBox(frame, part) {
  const {chips, clouds, sentence} = frame
  const span = (left, right) => ({left, top: 0, width: right - left, height: frame.height})
  const [from, to] = [chips.axis - chips.width / 2, chips.axis + chips.width / 2]
  if (part === "sentence") return span(sentence.left, sentence.left + sentence.width)
  if (part === "chips") return span(from - 26, to + 6)
  if (part === "clouds") return span(clouds.left, clouds.left + clouds.width + clouds.sagitta + 6)
  return span(chips.axis, clouds.left + clouds.sagitta)
}

/** The box of a part on the screen: a column of the view, or a part of the page around it. */
function boxOf(scene, part) {
  const around = document.querySelector(`.page > .${part}`)
  if (around) return around.getBoundingClientRect()
  const box = columnBox(scene.frame, part)
  const view = scene.root.getBoundingClientRect()
  return {...box, left: box.left + view.left, top: box.top + view.top}
}

class Tour {
  constructor(scene) {
    this.scene = scene
    this.dialog = html(scene.root, "dialog", "tour")
    this.dialog.ariaLabel = "Guided tour"
    this.lit = html(this.dialog, "div", "lit")
    this.card = html(this.dialog, "div", "card")
    this.title = html(this.card, "h2", "")
    this.text = html(this.card, "p", "")
    this.text.ariaLive = "polite"
    this.place = html(this.card, "span", "place")
    this.skip = this.button("Skip", () => this.dialog.close())
    this.back = this.button("Back", () => this.show(this.step - 1))
    this.next = this.button("Next", () => this.show(this.step + 1), "primary")
    const again = () => this.show(this.step)
    window.addEventListener("resize", again)
    this.dialog.addEventListener("keydown", (event) => this.press(event))
    this.dialog.addEventListener("close", () => {
      window.removeEventListener("resize", again)
      this.dialog.remove()
    })
    this.dialog.showModal()
    this.show(0)
    this.next.focus()
  }

  button(text, act, className = "") {
    const node = html(this.card, "button", className, text)
    node.type = "button"
    node.addEventListener("click", act)
    return node
  }

  press(event) {
    const by = {ArrowRight: 1, ArrowLeft: -1}[event.key]
    if (by && TOUR[this.step + by]) this.show(this.step + by)
  }

  /** Lights the step's part; behind the last step the tour ends. */
  show(step) {
    if (!TOUR[step]) return this.dialog.close()
    this.step = step
    const [part, title, text] = TOUR[step]
    this.title.textContent = title
    this.text.textContent = text
    this.place.textContent = `${step + 1} of ${TOUR.length}`
    this.back.disabled = step === 0
    this.next.textContent = TOUR[step + 1] ? "Next" : "Done"
    const box = boxOf(this.scene, part)
    Object.assign(this.lit.style, {
      left: `${box.left}px`, top: `${box.top}px`, width: `${box.width}px`, height: `${box.height}px`,
    })
    const {offsetWidth: width, offsetHeight: height} = this.card
    const {x, y} = placeCard(box, {width, height}, {width: innerWidth, height: innerHeight})
    Object.assign(this.card.style, {left: `${x}px`, top: `${y}px`})
    return undefined
  }
}

export function startTour(scene) {
  return new Tour(scene)
}
