/** The frame of the main view: columns, the arc of the clouds, their heights. Pure. */

const HEAD = 34
const [LEGEND, SMALL_LEGEND] = [75, 34]
const MARGIN = 12
const SAGITTA = 0.062

// By the panes shown: the columns' fractions of the view's width, and their largest widths in pixels.
const COLUMNS = {
  both: {axis: 0.435, sentence: [0.25, 300], chips: [0.215, 360], clouds: [0.29, 400]},
  memory: {axis: 0.25, sentence: [0, 0], chips: [0.36, 460], clouds: [0.4, 620]},
  sentence: {axis: 0.9, sentence: [0.8, 900], chips: [0.1, 100], clouds: [0.1, 100]},
}

// How a sentence next to the first changes the fractions of "both"; no word of a cloud moves.
const EACH_MORE = {axis: 0.02, sentence: 0.085, chips: -0.06, clouds: 0}

/** Which columns are shown; `panes` without any is all of them. */
export function shownColumns(panes) {
  const [sentence, memory] = ["sentence", "memory"].map((pane) => panes.includes(pane))
  return sentence === memory ? "both" : sentence ? "sentence" : "memory"
}

/**
 * Columns and rows of a view of the given size: sentences (`side` by side), chips, clouds; of a `small`
 * one the legend has fewer lines.
 */
export function frameOf(width, height, panes = [], side = 1, small = false) {
  const shown = shownColumns(panes)
  const [columns, more] = [COLUMNS[shown], shown === "both" ? side - 1 : 0]
  const widthOf = (name, times = 1) => {
    const [fraction, most] = columns[name]
    return Math.min(most * times, width * (fraction + more * EACH_MORE[name]))
  }
  const inner = Math.max(120, height - HEAD - (small ? SMALL_LEGEND : LEGEND))
  const cloudWidth = widthOf("clouds")
  const sagitta = Math.min(60, inner * SAGITTA, width * SAGITTA)
  const rest = {top: HEAD, height: height - HEAD - MARGIN}
  const axis = width * (columns.axis + more * EACH_MORE.axis)
  const [sentenceWidth, cloudsLeft] = [
    widthOf("sentence", 1 + more), width - MARGIN - cloudWidth - sagitta]
  return {
    width,
    height,
    sentence: {left: MARGIN, width: sentenceWidth, ...rest},
    chips: {axis, top: HEAD, height: inner, width: widthOf("chips")},
    // No link arrives lower, where it would cross the legend.
    clouds: {left: cloudsLeft, width: cloudWidth, sagitta, lowest: HEAD + inner, ...rest},
    legend: {
      y: HEAD + inner + 8,
      x: (MARGIN + sentenceWidth + cloudsLeft) / 2,
      room: cloudsLeft - sentenceWidth - 3 * MARGIN,
    },
  }
}

/** Left edge of a cloud whose middle is at `y`: the column bends like a closing bracket. */
export function arcLeft(clouds, y) {
  const half = clouds.height / 2
  const from = (y - clouds.top - half) / half
  return clouds.left + clouds.sagitta * (1 - from * from)
}

/** Heights that add up to `total`: `minimum` each, the rest in proportion to `demands`. */
function distribute(total, demands, minimum) {
  const rest = Math.max(0, total - minimum * demands.length)
  const sum = demands.reduce((a, b) => a + b, 0) || 1
  return demands.map((demand) => minimum + (rest * demand) / sum)
}

/**
 * Height of every cloud. `counts`: words per cloud; `needed`: the height that an expanded cloud needs
 * to show all its words, null for the others. Expanded clouds come first; the others share the rest
 * by the square roots of their counts.
 */
export function cloudHeights(counts, needed, box) {
  const total = box.height - cloudGap(box, counts.length) * (counts.length - 1)
  const minimum = leastHeight(box, counts.length)
  const demands = counts.map((count) => Math.sqrt(count))
  const others = demands.filter((_, i) => needed[i] === null)
  const asked = needed.reduce((sum, need) => sum + (need ?? 0), 0)
  const scale = Math.min(1, (total - others.length * minimum) / (asked || 1))
  const rest = distribute(total - asked * scale, others, minimum)
  return needed.map((need) => (need === null ? rest.shift() : need * scale))
}

/** The least height of each of k clouds. */
export function leastHeight(box, k) {
  return Math.min(26, box.height / k - cloudGap(box, k))
}

export function cloudGap(box, k) {
  return Math.min(9, Math.max(4, (box.height / k) * 0.11))
}
