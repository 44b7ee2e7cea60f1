/**
 * A sentence's glyphs (paper, Fig. 6c) as SVG path data. Pure.
 *
 * Each word has a row: on top the control chart of preserved information, below it a bar a unit
 * cluster from the mean negative to the mean positive state. Hats show what this word changed:
 * growth inside the bar, loss outside it.
 */

import {rowTop} from "./sentence_boxes.js"

const CONTROL_SHARE = 0.3
const MARKER = 2.6
const FLOOR = 1e-6
const KINDS = ["rulers", "bars", "positive", "negative", "positiveLost", "negativeLost", "zeros",
  "growing", "shrinking", "keeps"]

/** The largest extent of any bar or hat to either side of zero, over the words {from, to}. */
export function extentOf(sentence, {from, to}) {
  const {k, positive, negative, positive_change: upChange, negative_change: downChange} = sentence
  let extent = FLOOR
  for (let i = from * k; i < (to + 1) * k; i += 1) {
    const lostUp = Math.max(0, -upChange[i])
    const lostDown = Math.max(0, downChange[i])
    extent = Math.max(extent, positive[i] + lostUp, lostDown - negative[i])
  }
  return extent
}

function rect(x, top, width, bottom) {
  return bottom - top > 0.05 ? `M${x} ${top}h${width}V${bottom}h${-width}Z` : ""
}

function triangle(x, y) {
  return `M${x - MARKER} ${y - MARKER}h${2 * MARKER}L${x} ${y + MARKER * 0.8}Z`
}

/** Height in the control chart of a share that is kept. */
function controlY(top, control, share) {
  const kept = Math.min(1, Math.max(0, share))
  return top + control - MARKER - kept * (control - 2 * MARKER)
}

/** Appends one cluster's marks at one word to `paths`. */
function addMarks(paths, sentence, i, {x, width, top, control, zero, toY}) {
  const [up, down] = [sentence.positive[i], sentence.negative[i]]
  const [upChange, downChange] = [sentence.positive_change[i], sentence.negative_change[i]]
  paths.bars += rect(x, toY(up), width, toY(down))
  if (upChange > 0) paths.positive += rect(x, toY(up), width, toY(up - upChange))
  else paths.negativeLost += rect(x, toY(up - upChange), width, toY(up))
  if (downChange < 0) paths.negative += rect(x, toY(down - downChange), width, toY(down))
  else paths.positiveLost += rect(x, toY(down), width, toY(down - downChange))
  const middle = x + width / 2
  const marker = triangle(middle, controlY(top, control, sentence.preserved[i]))
  paths[upChange + downChange >= 0 ? "growing" : "shrinking"] += marker
  if (sentence.keep) {
    const y = controlY(top, control, sentence.keep[i])
    paths.keeps += `M${middle - 1.6 * MARKER} ${y}h${3.2 * MARKER}`
  }
  paths.rulers += `M${middle} ${top}V${top + control}`
  paths.zeros += `M${x} ${zero}h${width}`
}

/**
 * Path data by kind of mark, for the words {from, to}. `sentence`: arrays of words·clusters, sums
 * already divided by the clusters' sizes; `rows`: of layRows, scrolled by `scrolled`; `glyph`:
 * {x, width}; `extent`: the value at the end of the scale.
 */
export function glyphPaths(sentence, {rows, scrolled, glyph, extent, words}) {
  const paths = Object.fromEntries(KINDS.map((kind) => [kind, ""]))
  const {k} = sentence
  const [slot, control] = [glyph.width / k, rows.row * CONTROL_SHARE]
  const half = (rows.row - control - 6) / 2
  for (let t = words.from; t <= words.to; t += 1) {
    const top = rowTop(rows, t, scrolled) + 2
    const zero = top + control + 1 + half
    const toY = (value) => zero - (value / extent) * half
    for (let c = 0; c < k; c += 1) {
      const x = glyph.x + c * slot + slot * 0.1
      addMarks(paths, sentence, t * k + c, {x, width: slot * 0.8, top, control, zero, toY})
    }
  }
  return paths
}

/** The sentence with bars of what each word changed: orange above zero, blue below, nothing else. */
export function asChanges(sentence) {
  const {positive_change: up, negative_change: down} = sentence
  const grown = up?.map((change, i) => Math.max(0, change) + Math.max(0, down[i]))
  const fallen = up?.map((change, i) => Math.min(0, change) + Math.min(0, down[i]))
  return {
    ...sentence, positive: grown, positive_change: grown, negative: fallen, negative_change: fallen,
  }
}

/** What a word moved in each cluster, strongest last: [{units, weight, share}]. */
export function wordLinks(sentence, position, threshold) {
  const {k} = sentence
  const weights = Array.from({length: k}, (_, c) => {
    const i = position * k + c
    return sentence.positive_change[i] + sentence.negative_change[i]
  })
  const strongest = Math.max(FLOOR, ...weights.map(Math.abs))
  return weights
    .map((weight, units) => ({units, weight, share: Math.abs(weight) / strongest}))
    .filter(({share}) => share >= threshold)
    .sort((a, b) => a.share - b.share)
}
