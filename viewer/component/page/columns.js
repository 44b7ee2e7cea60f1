/** The columns next to the picture: their widths, which can be dragged, and whether they are folded. */

import {isKey} from "../input/keys.js"
import {html, set} from "../scene/elements.js"
import {recall, remember} from "./remembered.js"

const STORED = "rnnvis-columns"
const STEP = 24
const COLUMNS = {
  controls: {name: "controls", least: 150, most: 480, outwards: -1, signs: ["‹", "›"]},
  detail: {name: "charts", least: 200, most: 1100, outwards: 1, signs: ["›", "‹"]},
}

/**
 * The width of a column after its inner edge was moved by `by` pixels to the right, in a window of
 * `room` pixels, of which at least 300 stay for the picture. Pure.
 */
export function widthAfter({least, most, outwards}, width, by, room) {
  return Math.max(least, Math.min(most, room - 300, width - outwards * by))
}

class Divider {
  constructor(page, column, chosen) {
    Object.assign(this, {page, column, chosen, of: COLUMNS[column]})
    this.node = page.querySelector(`.divider.${column}-edge`)
    this.pane = page.querySelector(`.${column}`)
    const {name, least, most} = this.of
    this.line = set(html(this.node, "div"), {
      "role": "separator", "tabindex": 0, "aria-orientation": "vertical",
      "aria-label": `Width of the ${name}`, "aria-valuemin": least, "aria-valuemax": most,
    })
    this.fold = html(this.node, "button")
    this.fold.type = "button"
    this.fold.addEventListener("click", () => this.toggle())
    this.line.addEventListener("pointerdown", (event) => this.grasp(event))
    this.line.addEventListener("keydown", (event) => this.press(event))
    this.show()
  }

  get isFolded() {
    return this.chosen.folded.includes(this.column)
  }

  get width() {
    return Math.round(this.pane.getBoundingClientRect().width)
  }

  toggle() {
    const {chosen, column} = this
    chosen.folded = this.isFolded ? chosen.folded.filter((each) => each !== column) : [...chosen.folded, column]
    this.keep()
  }

  resize(width, by) {
    this.chosen.widths[this.column] = widthAfter(this.of, width, by, innerWidth)
    this.keep()
  }

  grasp({pointerId, clientX: start}) {
    if (this.isFolded) return
    const {line, width} = this
    const stop = new AbortController()
    line.setPointerCapture(pointerId)
    const drag = ({clientX}) => this.resize(width, clientX - start)
    line.addEventListener("pointermove", drag, {signal: stop.signal})
    line.addEventListener("lostpointercapture", () => stop.abort(), {signal: stop.signal})
  }

  press(event) {
    const by = {ArrowLeft: -STEP, ArrowRight: STEP}[event.key]
    if (by && !this.isFolded) this.resize(this.width, by)
    else if (isKey(event, "choose")) this.toggle()
    else return
    event.preventDefault()
  }

  keep() {
    remember(STORED, this.chosen)
    this.show()
  }

  show() {
    const {page, column, chosen, of} = this
    const width = chosen.widths[column]
    page.style.setProperty(`--chosen-${column}`, width ? `${width}px` : null)
    page.dataset.folded = chosen.folded.join(" ")
    const [hide, open] = of.signs
    this.fold.textContent = this.isFolded ? open : hide
    set(this.fold, {"aria-expanded": !this.isFolded, "aria-label": `Show the ${of.name}`, "title": `${this.isFolded ? "Show" : "Fold"} the ${of.name}`})
    set(this.line, {"aria-valuenow": width ?? this.width})
  }
}

/** Makes the columns of the page foldable and resizable. */
export function attendColumns() {
  const page = document.querySelector(".page")
  if (!page) return
  const chosen = {widths: {}, folded: [], ...recall(STORED)} // pixels by column, and columns
  for (const column of Object.keys(COLUMNS)) {
    if (!page.querySelector(`.${column}-edge [role]`)) new Divider(page, column, chosen)
  }
}
