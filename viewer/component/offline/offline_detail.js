/** The detail column of an exported page: charts of the selected words and units. */

import {html, svg} from "../scene/elements.js"
import {boxMarks, distributionOf, responseMarks, wordsOf} from "./offline_charts.js"

const [LEAST, MARGIN] = [240, 24] // pixels
const HINTS = {
  words: "Click a word to see its response over all units; with Shift, several together.",
  units: "Click a memory cell to see the words that move it most; with Shift, several together.",
  outside: "This page holds the responses of the clustered words only.",
}

/** The selected words that the page holds, with the colours of their lines. */
function linesOf({selection, vocabulary, matrix, look}) {
  return selection.words.flatMap((id, i) => {
    const found = distributionOf(vocabulary, matrix, id)
    const row = vocabulary.ids.indexOf(id)
    return found ? [{...found, word: vocabulary.words[row], count: vocabulary.counts[row], colour: look.words[i]}] : []
  })
}

function draw(place, {height, title, marks}, width) {
  const attributes = {width, height, "viewBox": `0 0 ${width} ${height}`, "role": "img", "aria-label": title}
  const chart = svg(place, "svg", {class: "chart", ...attributes})
  for (const mark of marks) svg(chart, ...mark)
}

/** Draws what is selected in `model`, an OfflineModel, into `place` whenever it changes. */
export function attendDetail(place, model) {
  const show = () => {
    const width = Math.max(LEAST, place.clientWidth - MARGIN)
    const {selection, response, vocabulary, matrix, boxes} = model
    const lines = linesOf(model)
    place.replaceChildren()
    if (lines.length) draw(place, responseMarks(lines, response.step ? response.values : null, width), width)
    else html(place, "p", "", selection.words.length ? HINTS.outside : HINTS.words)
    for (const unit of selection.units) {
      draw(place, boxMarks(unit, wordsOf(unit, vocabulary, matrix, boxes), width), width)
    }
    if (!selection.units.length) html(place, "p", "", HINTS.units)
  }
  model.on("selection", show)
  new ResizeObserver(show).observe(place)
}
