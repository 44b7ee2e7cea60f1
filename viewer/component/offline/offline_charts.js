/** The charts of an exported page, as marks [tag, attributes, text] of SVG. Pure. */

import {counted, written} from "../scene/text.js"

const NAMES = ["q09", "q25", "q50", "q75", "q91"]
const FRAME = {left: 34, right: 8, top: 22, bottom: 34, height: 228}
const BANDS = [[["q09", "q91"], [0.2, 0.1]], [["q25", "q75"], [0.38, 0.24]]] // opacity of one word, of several
const ROW = {height: 20, box: 11, label: 104}

/**
 * The responses of a clustered word, an array of units for the mean and each quantile; null for another
 * word. `matrix` holds them in rows of `units`, quantiles in steps of a scale a word.
 */
export function distributionOf({ids}, {values, units, quantiles, scales}, wordId) {
  const row = ids.indexOf(wordId)
  if (row < 0) return null
  const rowOf = (array, at) => array.slice(at * units, (at + 1) * units)
  const found = NAMES.map((name, i) =>
    [name, Float32Array.from(rowOf(quantiles, i * ids.length + row), (steps) => steps * scales[row])])
  return {mean: rowOf(values, row), ...Object.fromEntries(found)}
}

/** At most six round numbers between two others. */
export function ticksBetween(low, high) {
  const rough = (high - low) / 5 || 1
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = power * [1, 2, 5, 10].find((each) => each * power >= rough * 0.999)
  const first = Math.ceil(low / step - 1e-9)
  const count = Math.floor(high / step + 1e-9) - first + 1
  return Array.from({length: count}, (_, i) => Number(((first + i) * step).toPrecision(6)))
}

const signedText = (value) => String(value).replace("-", "−")

/** Positions of values from `low` to `high` on pixels from `start` to `end`. */
function scaleOf(low, high, start, end) {
  return (value) => Math.round(10 * (start + ((value - low) / (high - low || 1)) * (end - start))) / 10
}

function path(values, x, y) {
  return values.map((value, i) => `${i ? "L" : "M"}${x(i)} ${y(value)}`).join("")
}

function band(low, high, x, y) {
  const back = low.map((value, i) => `L${x(i)} ${y(value)}`).reverse()
  return `${path(high, x, y)}${back.join("")}Z`
}

/**
 * Means and bands of words over all units, sorted by the first word: `lines` of
 * {word, colour, count, mean, q09, …}; over them `step`, a change of every unit, if there is any.
 */
export function responseMarks(lines, step, width) {
  const {left, right, top, bottom, height} = FRAME
  const order = Array.from(lines[0].mean.keys()).sort((a, b) => lines[0].mean[a] - lines[0].mean[b])
  const sorted = (values) => order.map((unit) => values[unit])
  const all = lines.flatMap(({q09, q91, mean}) => [...q09, ...q91, ...mean]).concat(step ? [...step] : [])
  const [low, high] = [Math.min(0, ...all), Math.max(0, ...all)]
  const x = scaleOf(0, order.length - 1, left, width - right)
  const y = scaleOf(low, high, height - bottom, top)
  const several = Number(lines.length > 1)
  const title = several ? `Responses to ${lines.map(({word}) => `“${word}”`).join(", ")}`
    : `Response to “${lines[0].word}”, ${counted(lines[0].count, "occurrences")}`
  const areas = [...lines].reverse().flatMap((line) => [
    ...BANDS.map(([[from, to], opacities]) => ["path", {
      "class": "band", "d": band(sorted(line[from]), sorted(line[to]), x, y),
      "fill": line.colour, "fill-opacity": opacities[several],
    }]),
    ["path", {"class": "mean", "d": path(sorted(line.mean), x, y), "stroke": line.colour}],
  ])
  return {height, title, marks: [
    ["text", {class: "title", x: left, y: 12}, title],
    ...ticksBetween(low, high).flatMap((tick) => [
      ["path", {class: "grid", d: `M${left} ${y(tick)}H${width - right}`}],
      ["text", {"x": left - 5, "y": y(tick) + 4, "text-anchor": "end"}, signedText(tick)],
    ]),
    ...areas, ...(step ? [["path", {class: "step", d: path(sorted(step), x, y)}]] : []),
    ["text", {"x": (left + width - right) / 2, "y": height - 6, "text-anchor": "middle"},
      `${counted(order.length, "units")}; bands 25–75, 9–91 %`],
  ]}
}

/** The clustered words that move a unit most, by falling mean: [{word, count, mean, q09, …}]. */
export function wordsOf(unit, vocabulary, matrix, {top, least}) {
  const {ids, words, counts} = vocabulary
  const meanOf = (row) => matrix.values[row * matrix.units + unit]
  const rows = Array.from(ids.keys()).filter((row) => counts[row] >= least)
  rows.sort((a, b) => Math.abs(meanOf(b)) - Math.abs(meanOf(a)))
  return rows.slice(0, top).sort((a, b) => meanOf(b) - meanOf(a)).map((row) => {
    const found = Object.entries(distributionOf(vocabulary, matrix, ids[row])).map(([name, of]) => [name, of[unit]])
    return {word: words[row], count: counts[row], ...Object.fromEntries(found)}
  })
}

/** A box plot a word of `wordsOf`: box 25–75 %, whiskers 9–91 %, the median as a bar. */
export function boxMarks(unit, words, width) {
  const {left, right, top, bottom} = {...FRAME, left: ROW.label}
  const height = top + words.length * ROW.height + bottom
  const ends = words.flatMap(({q09, q91}) => [q09, q91])
  const [low, high] = [Math.min(0, ...ends), Math.max(0, ...ends)]
  const x = scaleOf(low, high, left, width - right)
  const title = `Unit ${unit}: the clustered words that move it most`
  return {height, title, marks: [
    ["text", {class: "title", x: 0, y: 12}, title],
    ...ticksBetween(low, high).flatMap((tick) => [
      ["path", {class: "grid", d: `M${x(tick)} ${top}V${height - bottom}`}],
      ["text", {"x": x(tick), "y": height - bottom + 16, "text-anchor": "middle"}, signedText(tick)],
    ]),
    ...words.flatMap(({word, count, mean, q09, q25, q50, q75, q91}, i) => {
      const middle = top + (i + 0.5) * ROW.height
      const [start, end] = [x(q25), x(q75)]
      const name = word.length > 11 ? `${word.slice(0, 10)}…` : word
      return [
        ["text", {"x": left - 6, "y": middle + 4, "text-anchor": "end"}, `${name}  ${written(count)}`],
        ["path", {class: "whisker", d: `M${x(q09)} ${middle}H${x(q91)}`}],
        ["rect", {class: mean < 0 ? "box negative" : "box positive", x: start, y: middle - ROW.box / 2,
          width: Math.max(1, end - start), height: ROW.box}],
        ["path", {class: "median", d: `M${x(q50)} ${middle - ROW.box / 2}v${ROW.box}`}],
      ]
    }),
  ]}
}
