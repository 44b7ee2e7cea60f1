/** The charts of the detail view as one SVG: each exported by Bokeh, those of one row side by side. */

import {set, svg} from "../scene/elements.js"

const GAP = 12

function shownFigures() {
  const figures = [...globalThis.Bokeh.index.query((view) => view.model.type === "Figure")]
  return figures.filter(({el}) => el.checkVisibility())
}

async function drawn(figure) {
  const blob = await figure.export("svg").to_blob()
  const page = new DOMParser().parseFromString(await blob.text(), "image/svg+xml")
  return document.importNode(page.documentElement, true)
}

/**
 * Positions of the boxes {left, top, width, height}, without what stands between their rows on the
 * screen: [{x, y}], and the size {width, height} of all. Pure.
 */
export function stacked(boxes) {
  const left = Math.min(...boxes.map((box) => box.left))
  const tops = [...new Set(boxes.map(({top}) => Math.round(top)))].sort((a, b) => a - b)
  let height = 0
  const starts = new Map()
  for (const top of tops) {
    starts.set(top, height)
    height += Math.max(...boxes.filter((box) => Math.round(box.top) === top).map((box) => box.height)) + GAP
  }
  const places = boxes.map((box) => ({x: box.left - left, y: starts.get(Math.round(box.top))}))
  const width = Math.max(...boxes.map((box) => box.left - left + box.width))
  return {places, width, height: height - GAP}
}

/** An SVG document (text) on a ground of the colour `card`, with the rule `font`; null if no chart is shown. */
export async function chartsSvg(card, title, font) {
  const figures = shownFigures()
  if (!figures.length) return null
  const boxes = figures.map(({el}) => el.getBoundingClientRect())
  const {places, width, height} = stacked(boxes)
  const sheet = svg(null, "svg", {width, height, viewBox: `0 0 ${width} ${height}`})
  svg(sheet, "title", {}, title)
  svg(sheet, "style", {}, font)
  svg(sheet, "rect", {width, height, fill: card})
  for (const [i, figure] of figures.entries()) {
    sheet.append(set(await drawn(figure), {...places[i], overflow: "visible"}))
  }
  return new XMLSerializer().serializeToString(sheet)
}
