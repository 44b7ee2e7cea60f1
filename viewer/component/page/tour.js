/** The guided tour: the parts of the page highlighted one after another, with a few words on each. */

import {button, html, place} from "../scene/elements.js"
import {TOUR} from "./help_text.js"

const MARGIN = 8
const GAP = 14

/**
 * The position of a card {width, height} next to the lit box {left, top, width, height}, in a window
 * {width, height}: to the right if there is room, else to the left, else inside. Pure.
 */
export function placeCard(lit, card, window) {
  const right = lit.left + lit.width + GAP
  const left = lit.left - GAP - card.width
  const inside = lit.left + lit.width - card.width - GAP
  const x = right + card.width <= window.width ? right : left >= MARGIN ? left : inside
  const y = Math.min(lit.top + GAP, window.height - card.height - MARGIN)
  return {left: Math.max(MARGIN, x), top: Math.max(MARGIN, y)}
}

/** The element of a part of the tour: in the view, or else in the page around it. */
function elementOf(scene, css) {
  return scene.root.querySelector(css) ?? document.querySelector(css)
}

class Tour {
  constructor(scene) {
    this.scene = scene
    this.steps = TOUR.filter(([css]) => elementOf(scene, css)) // an export has no controls
    this.dialog = Object.assign(html(scene.root, "dialog", "tour"), {ariaLabel: "Guided tour"})
    this.lit = html(this.dialog, "div", "lit")
    this.card = html(this.dialog, "div", "card")
    this.title = html(this.card, "h2")
    this.text = Object.assign(html(this.card, "p"), {ariaLive: "polite"})
    this.progress = html(this.card, "span", "progress")
    button(this.card, "Skip", () => this.dialog.close())
    this.back = button(this.card, "Back", () => this.show(this.step - 1))
    this.next = button(this.card, "Next", () => this.show(this.step + 1), "primary")
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

  press(event) {
    const by = {ArrowRight: 1, ArrowLeft: -1}[event.key]
    if (by && this.steps[this.step + by]) this.show(this.step + by)
  }

  show(step) {
    if (!this.steps[step]) {
      this.dialog.close()
      return
    }
    this.step = step
    const [css, title, text] = this.steps[step]
    this.title.textContent = title
    this.text.textContent = text
    this.progress.textContent = `${step + 1} of ${this.steps.length}`
    this.back.disabled = step === 0
    this.next.textContent = this.steps[step + 1] ? "Next" : "Done"
    const {left, top, width, height} = elementOf(this.scene, css).getBoundingClientRect()
    place(this.lit, {left, top, width, height})
    const card = {width: this.card.offsetWidth, height: this.card.offsetHeight}
    const window = {width: innerWidth, height: innerHeight}
    place(this.card, placeCard({left, top, width, height}, card, window))
  }
}

export function startTour(scene) {
  return new Tour(scene)
}
