/** The frame of the main view: columns, the arc, heights. Pure. */

const HEAD = 34
const LEGEND = 48
const MARGIN = 12
const SAGITTA = 0.062

// Of the view's width, by the panes shown: the columns' shares, and their most pixels.
const COLUMNS = {
  both: {
    axis: 0.435, sentence: {share: 0.25, most: 300}, chips: {share: 0.215, most: 360},
    clouds: {share: 0.29, most: 400},
  },
  memory: {
    axis: 0.25, sentence: {share: 0, most: 0}, chips: {share: 0.36, most: 460},
    clouds: {share: 0.4, most: 620},
  },
  sentence: {
    axis: 0.9, sentence: {share: 0.8, most: 900}, chips: {share: 0.1, most: 100},
    clouds: {share: 0.1, most: 100},
  },
}

// What a second and a third sentence beside the first changes about the shares of "both".
const EACH_MORE = {axis: 0.085, sentence: 0.12, chips: -0.047, clouds: -0.03}

/** The columns with `side` sentences side by side. */
function withSentences(columns, side) {
  const more = columns === COLUMNS.both ? side - 1 : 0
  const {axis, sentence, ...others} = columns
  const changed = (name) => columns[name].share + more * EACH_MORE[name]
  return {
    axis: axis + more * EACH_MORE.axis,
    sentence: {share: changed("sentence"), most: sentence.most * (1 + more)},
    chips: {...others.chips, share: changed("chips")},
    clouds: {...others.clouds, share: changed("clouds")},
  }
}

/** Which columns are asked for; `panes` without any is all of them. */
export function shownColumns(panes) {
  const [sentence, memory] = ["sentence", "memory"].map((pane) => panes.includes(pane))
  return sentence === memory ? "both" : sentence ? "sentence" : "memory"
}

/** Columns and rows of a view of the given size: sentences (`side` by side), chips, clouds. */
export function frameOf(width, height, panes = [], side = 1) {
  const columns = withSentences(COLUMNS[shownColumns(panes)], side)
  const widthOf = ({share, most}) => Math.min(most, width * share)
  const inner = Math.max(120, height - HEAD - LEGEND)
  const cloudWidth = widthOf(columns.clouds)
  const sagitta = Math.min(60, inner * SAGITTA, width * SAGITTA)
  const rest = {top: HEAD, height: height - HEAD - MARGIN}
  return {
    width,
    height,
    sentence: {left: MARGIN, width: widthOf(columns.sentence), ...rest},
    chips: {axis: width * columns.axis, top: HEAD, height: inner, width: widthOf(columns.chips)},
    clouds: {left: width - MARGIN - cloudWidth - sagitta, width: cloudWidth, sagitta, ...rest},
    legend: {y: HEAD + inner + 8, width: 150},
  }
}

/** Left edge of a cloud whose middle is at `y`: the column bends like a closing bracket. */
export function arcLeft(clouds, y) {
  const half = clouds.height / 2
  const from = (y - clouds.top - half) / half
  return clouds.left + clouds.sagitta * (1 - from * from)
}

/** Heights that share `total`: `minimum` each, the rest in proportion to `demands`. */
function share(total, demands, minimum) {
  const rest = Math.max(0, total - minimum * demands.length)
  const sum = demands.reduce((a, b) => a + b, 0) || 1
  return demands.map((demand) => minimum + (rest * demand) / sum)
}

/**
 * Height of every cloud. `counts`: words a cloud; `needed`: pixels in height that a grown cloud
 * wants to show all its words, null for the others. Grown clouds come first, the others shrink.
 */
export function cloudHeights(counts, needed, box) {
  const gap = cloudGap(box, counts.length)
  const total = box.height - gap * (counts.length - 1)
  const minimum = leastHeight(box, counts.length)
  const demands = counts.map((count) => Math.sqrt(count))
  if (needed.every((need) => need === null)) return share(total, demands, minimum)
  const others = needed.filter((need) => need === null).length
  const room = total - others * minimum
  const asked = needed.reduce((sum, need) => sum + (need ?? 0), 0)
  const scale = Math.min(1, room / asked)
  const grown = needed.map((need) => (need === null ? null : need * scale))
  const left = total - grown.reduce((sum, height) => sum + (height ?? 0), 0)
  const rest = share(left, demands.filter((_, i) => grown[i] === null), minimum)
  return grown.map((height) => height ?? rest.shift())
}

/** The least height of each of k clouds. */
export function leastHeight(box, k) {
  return Math.min(26, box.height / k - cloudGap(box, k))
}

export function cloudGap(box, k) {
  return Math.min(9, Math.max(4, (box.height / k) * 0.11))
}
