/** The headings over chips and clouds: what is counted, and where there is room for how much. Pure. */

import {counted, firstFitting, textWidth} from "./text.js"

const SIZE = 11.5
const WEIGHT = 400
const GAP = 14
const MENU = 66 // of the exports, in the corner
const SIZED_BY = {
  strength: ["the strength of their response", "response"],
  centrality: ["centrality in their cluster", "centrality"],
  projection: ["their response along the cluster’s", "projection"],
  count: ["how often they occur", "occurrences"],
}

const sum = (numbers) => numbers.reduce((total, number) => total + number, 0)

function filled(numbers, name) {
  const empty = numbers.filter((number) => !number).length
  return `${counted(numbers.length - empty, name)}${empty ? ` (${empty} empty)` : ""}`
}

/**
 * {chips, clouds}: the longest form first. `sizes` and `counts`: cells by chip, words by cloud;
 * `kind`: what the cells of so many `units` are; `sizedBy`: what sets the size of a word.
 */
export function headings({units, sizes, counts, kind, sizedBy}) {
  const [chips, clouds] = [filled(sizes, "chips"), filled(counts, "clouds")]
  const directions = `${counted(sum(sizes), "directions")} in ${chips}`
  const words = `${counted(sum(counts), "words")} in ${clouds}`
  return {
    chips: kind === "units"
      ? [`${counted(units, "units")} in ${chips}`, chips]
      : [`${counted(units, "units")}, ${directions}`, directions, chips],
    clouds: [...SIZED_BY[sizedBy].map((what) => `${words}, sized by ${what}`), words, clouds],
  }
}

/** Each heading over the middle of its column, or as near as its neighbours allow: [{text, x}]. */
export function placeHeads(forms, {width, chips, clouds, legend, mirrored}, measure = textWidth) {
  const widthOf = (text) => measure(text, SIZE, WEIGHT)
  const over = {text: firstFitting(forms.chips, SIZE, WEIGHT, legend.room - 2 * GAP, measure), x: chips.axis}
  const edge = widthOf(over.text) / 2 + GAP
  const [low, high] = mirrored ? [MENU, chips.axis - edge] : [chips.axis + edge, width - MENU]
  const text = firstFitting(forms.clouds, SIZE, WEIGHT, high - low, measure)
  const half = widthOf(text) / 2
  const middle = clouds.left + (clouds.width + clouds.sagitta) / 2
  return [over, {text, x: Math.max(low + half, Math.min(high - half, middle))}]
}
