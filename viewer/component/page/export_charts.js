/** The charts of the detail view as one SVG: each exported by Bokeh, arranged as on the screen. */

import {set, svg} from "../scene/elements.js"

function shownFigures() {
  const figures = [...globalThis.Bokeh.index.query((view) => view.model.type === "Figure")]
  return figures.filter(({el}) => el.checkVisibility())
}

async function drawn(figure) {
  const blob = await figure.export("svg").to_blob()
  const page = new DOMParser().parseFromString(await blob.text(), "image/svg+xml")
  return document.importNode(page.documentElement, true)
}

/** An SVG document (text) on a ground of the colour `card`; null if no chart is shown. */
export async function chartsSvg(card, title) {
  const figures = shownFigures()
  if (!figures.length) return null
  const boxes = figures.map(({el}) => el.getBoundingClientRect())
  const [left, top] = ["left", "top"].map((side) => Math.min(...boxes.map((box) => box[side])))
  const width = Math.max(...boxes.map((box) => box.right)) - left
  const height = Math.max(...boxes.map((box) => box.bottom)) - top
  const sheet = svg(null, "svg", {width, height, viewBox: `0 0 ${width} ${height}`})
  svg(sheet, "title", {}, title)
  svg(sheet, "rect", {width, height, fill: card})
  for (const [i, figure] of figures.entries()) {
    sheet.append(set(await drawn(figure), {x: boxes[i].left - left, y: boxes[i].top - top}))
  }
  return new XMLSerializer().serializeToString(sheet)
}
