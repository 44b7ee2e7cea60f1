/**
 * A sentence's glyphs (paper, Fig. 6c) as SVG path data. Pure.
 *
 * Each word has a row: on top the control chart of preserved information, below it one bar per unit
 * cluster from the mean negative to the mean positive state. Hats show what this word changed:
 * growth inside the bar, loss outside it. Of a matrix memory both are known: what the word wrote, and
 * what was lost.
 */

import {rowTop} from "./sentence_layout.js"

const CONTROL = 0.3 // of the row
const MARKER = 2.6
const FLOOR = 1e-6
const USUAL = 0.98
const DOMINANT = 2
const BREAK = 4
const KINDS = ["rulers", "bars", "positive", "negative", "positiveLost", "negativeLost", "zeros",
  "growing", "shrinking", "keeps", "breaks"]

/** The hats of a bar of which the changes of either end are known. */
function endHats({positive, negative, positive_change: upChange, negative_change: downChange}, i) {
  const [up, down, before, beneath] = [
    positive[i], negative[i], positive[i] - upChange[i], negative[i] - downChange[i],
  ]
  return [
    before < up ? {kind: "positive", high: up, low: before} : {kind: "negativeLost", high: before, low: up},
    beneath > down ? {kind: "negative", high: beneath, low: down}
      : {kind: "positiveLost", high: down, low: beneath},
  ]
}

/** The hats of a bar of which is known what was written and what was lost: `inside` the bar, where
 * that is made of both. */
function splitHats({positive, negative, written, lost, inside}, i) {
  const [up, down, gain, loss] = [positive[i], negative[i], written[i], lost[i]]
  const [above, below] = inside ? [0, loss] : [up - loss, up]
  const [high, low] = inside ? [loss, 0] : [down, down - loss]
  return [
    gain > 0 ? {kind: "positive", high: up, low: up - gain} : {kind: "negative", high: down - gain, low: down},
    loss > 0 ? {kind: "positiveLost", high, low} : {kind: "negativeLost", high: above, low: below},
  ]
}

/** The hats of a bar, [{kind, high, low}] in values. */
function hatsOf(sentence, i) {
  return sentence.written ? splitHats(sentence, i) : endHats(sentence, i)
}

/** How far a bar with its hats extends up and down from zero. */
function reachOf({positive, negative}, hats, i) {
  return [
    Math.max(positive[i], ...hats.map(({high}) => high)),
    -Math.min(negative[i], ...hats.map(({low}) => low)),
  ]
}

/** The same of each bar, over the words {from, to}. */
export function reachesOf(sentence, {from, to}) {
  const bars = Array.from({length: (to - from + 1) * sentence.k}, (_, i) => from * sentence.k + i)
  return bars.flatMap((i) => reachOf(sentence, hatsOf(sentence, i), i))
}

/**
 * The value at the end of the scale for bars of these lengths: the longest, unless it dwarfs all but
 * a fiftieth of them; then these few are drawn broken.
 */
export function scaleEnd(reaches) {
  if (!reaches.length) return 0
  const sorted = Float64Array.from(reaches, Math.abs).sort()
  const [usual, furthest] = [sorted[Math.floor(USUAL * (sorted.length - 1))], sorted.at(-1)]
  return Math.max(FLOOR, furthest > DOMINANT * usual && usual > FLOOR ? usual : furthest)
}

function rect(x, top, width, bottom) {
  return bottom - top > 0.05 ? `M${x} ${top}h${width}V${bottom}h${-width}Z` : ""
}

function triangle(x, y, half) {
  return `M${x - half} ${y - MARKER}h${2 * half}L${x} ${y + MARKER * 0.8}Z`
}

/** A slanted gap near the end of a bar that is longer than drawn. */
function gap(x, y, width) {
  return `M${x - 1} ${y + 1.2}L${x + width + 1} ${y - 1.2}`
}

/** Height in the control chart of a fraction that is kept. */
function controlY(top, control, fraction) {
  const kept = Math.min(1, Math.max(0, fraction))
  return top + control - MARKER - kept * (control - 2 * MARKER)
}

function addBar(paths, sentence, i, {x, width, zero, half, extent}) {
  const toY = (value) => zero - Math.min(1, Math.max(-1, value / extent)) * half
  const hats = hatsOf(sentence, i)
  paths.bars += rect(x, toY(sentence.positive[i]), width, toY(sentence.negative[i]))
  for (const {kind, high, low} of hats) paths[kind] += rect(x, toY(high), width, toY(low))
  paths.zeros += `M${x} ${zero}h${width}`
  const [up, down] = reachOf(sentence, hats, i)
  if (up > extent) paths.breaks += gap(x, zero - half + BREAK, width)
  if (down > extent) paths.breaks += gap(x, zero + half - BREAK, width)
}

function addControl(paths, sentence, i, {x, width, top, control}) {
  const middle = x + width / 2
  const size = Math.min(MARKER, width / 2)
  const grows = sentence.positive_change[i] + sentence.negative_change[i] >= 0
  const y = controlY(top, control, sentence.preserved[i])
  paths[grows ? "growing" : "shrinking"] += triangle(middle, y, size)
  if (sentence.keep) {
    paths.keeps += `M${middle - 1.2 * size} ${controlY(top, control, sentence.keep[i])}h${2.4 * size}`
  }
  paths.rulers += `M${middle} ${top}V${top + control}`
}

/**
 * Path data by kind of mark, for the words {from, to}. `sentence`: arrays of words·clusters, sums
 * already divided by the clusters' sizes; `rows`: of layRows, scrolled by `scrolled`; `glyph`:
 * {x, width}; `extent`: the value at the end of the scale.
 */
export function glyphPaths(sentence, {rows, scrolled, glyph, extent, words}) {
  const paths = Object.fromEntries(KINDS.map((kind) => [kind, ""]))
  const {k} = sentence
  const [slot, control] = [glyph.width / k, rows.row * CONTROL]
  const half = (rows.row - control - 6) / 2
  for (let t = words.from; t <= words.to; t += 1) {
    const top = rowTop(rows, t, scrolled) + 2
    const zero = top + control + 1 + half
    for (let c = 0; c < k; c += 1) {
      const place = {x: glyph.x + c * slot + slot * 0.1, width: slot * 0.8}
      addBar(paths, sentence, t * k + c, {...place, zero, half, extent})
      addControl(paths, sentence, t * k + c, {...place, top, control})
    }
  }
  return paths
}

/** What the bars show: what is chosen, or what the data suggest. */
export function barsShown({bars}, {bars: varying}) {
  return bars === "automatic" ? varying : bars
}

/** The sentence with the bars of this kind; `means` of the clusters' cells over all recorded steps. */
export function inBars(bars, sentence, means) {
  if (bars === "changes") return asChanges(sentence)
  return bars === "deviations" ? asDeviations(sentence, means) : sentence
}

/** The sentence with one bar a cluster, its mean state less the recorded one, and what changed it. */
export function asDeviations(sentence, means) {
  const {k, positive, negative, positive_change: up, negative_change: down} = sentence
  if (!k) return sentence
  const deviation = positive.map((value, i) => value + negative[i] - means[i % k])
  const before = deviation.map((value, i) => value - up[i] - down[i])
  const [above, below] = [(value) => Math.max(0, value), (value) => Math.min(0, value)]
  return {
    ...sentence, positive: deviation.map(above), negative: deviation.map(below),
    positive_change: deviation.map((value, i) => above(value) - above(before[i])),
    negative_change: deviation.map((value, i) => below(value) - below(before[i])),
  }
}

/** The sentence with bars of what each word changed: increases above zero, decreases below. */
export function asChanges(sentence) {
  const {positive_change: up, negative_change: down} = sentence.written
    ? {positive_change: sentence.written, negative_change: sentence.lost} : sentence
  const grown = up?.map((change, i) => Math.max(0, change) + Math.max(0, down[i]))
  const fallen = up?.map((change, i) => Math.min(0, change) + Math.min(0, down[i]))
  return {
    ...sentence, positive: grown, positive_change: grown, negative: fallen, negative_change: fallen,
    inside: true,
  }
}

/** A word's change of each cluster, strongest last: [{units, weight, strength}]. */
export function wordLinks(sentence, position, threshold) {
  const {k} = sentence
  const weights = Array.from({length: k}, (_, c) => {
    const i = position * k + c
    return sentence.positive_change[i] + sentence.negative_change[i]
  })
  const strongest = Math.max(FLOOR, ...weights.map(Math.abs))
  return weights
    .map((weight, units) => ({units, weight, strength: Math.abs(weight) / strongest}))
    .filter(({strength}) => strength >= threshold)
    .sort((a, b) => a.strength - b.strength)
}
