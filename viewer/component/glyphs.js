/**
 * A sentence's glyphs (paper, Fig. 6c) as SVG path data. Pure.
 *
 * Each word has a row: on top the control chart of preserved information, below it a bar a unit
 * cluster from the mean negative to the mean positive state. Hats show what this word changed:
 * growth inside the bar, loss outside it.
 */

const CONTROL_SHARE = 0.3
const LARGEST_ROW = 46
const SMALLEST_ROW = 24
const MARKER = 2.6
const FLOOR = 1e-6

/** Rows of `count` words in `box`; they scroll where `content` is taller than the box. */
export function layRows(count, box) {
  const row = Math.min(LARGEST_ROW, Math.max(SMALLEST_ROW, box.height / Math.max(1, count)))
  return {...box, row, count, content: row * count}
}

/** The largest extent of any bar or hat to either side of zero: one scale for a whole sentence. */
export function extentOf({positive, negative, positive_change, negative_change}) {
  let extent = FLOOR
  positive.forEach((up, i) => {
    const lostUp = Math.max(0, -positive_change[i])
    const lostDown = Math.max(0, negative_change[i])
    extent = Math.max(extent, up + lostUp, lostDown - negative[i])
  })
  return extent
}

function rect(x, top, width, bottom) {
  return bottom - top > 0.05 ? `M${x} ${top}h${width}V${bottom}h${-width}Z` : ""
}

function triangle(x, y) {
  return `M${x - MARKER} ${y - MARKER}h${2 * MARKER}L${x} ${y + MARKER * 0.8}Z`
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
  const kept = Math.min(1, Math.max(0, sentence.preserved[i]))
  const marker = triangle(middle, top + control - MARKER - kept * (control - 2 * MARKER))
  paths[upChange + downChange >= 0 ? "growing" : "shrinking"] += marker
  paths.rulers += `M${middle} ${top}V${top + control}`
  paths.zeros += `M${x} ${zero}h${width}`
}

/**
 * Path data by kind of mark. `sentence`: arrays of words·clusters, sums already divided by the
 * clusters' sizes; `rows`: of layRows, with `glyph` {x, width}.
 */
export function glyphPaths(sentence, rows) {
  const kinds = ["rulers", "bars", "positive", "negative", "positiveLost", "negativeLost",
    "zeros", "growing", "shrinking"]
  const paths = Object.fromEntries(kinds.map((kind) => [kind, ""]))
  const {k} = sentence
  const extent = extentOf(sentence)
  const [slot, control] = [rows.glyph.width / k, rows.row * CONTROL_SHARE]
  for (let t = 0; t < rows.count; t += 1) {
    const top = rows.top + t * rows.row + 2
    const half = (rows.row - control - 6) / 2
    const zero = top + control + 1 + half
    const toY = (value) => zero - (value / extent) * half
    for (let c = 0; c < k; c += 1) {
      const x = rows.glyph.x + c * slot + slot * 0.1
      addMarks(paths, sentence, t * k + c, {x, width: slot * 0.8, top, control, zero, toY})
    }
  }
  return paths
}

/** The word's row and the cluster's column at a point: {position, cluster}, null outside. */
export function glyphAt(rows, k, x, y) {
  const position = Math.floor((y - rows.top) / rows.row)
  if (position < 0 || position >= rows.count) return null
  const cluster = Math.floor(((x - rows.glyph.x) / rows.glyph.width) * k)
  return {position, cluster: cluster >= 0 && cluster < k ? cluster : null}
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
