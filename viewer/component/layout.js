/** The frame of the main view: columns, the arc, heights. Pure. */

const HEAD = 34
const LEGEND = 48
const MARGIN = 12
const SAGITTA = 0.062

/** Columns and rows of a view of the given size: sentence, chips, clouds. */
export function frameOf(width, height) {
  const top = HEAD
  const inner = Math.max(120, height - HEAD - LEGEND)
  const cloudWidth = Math.min(400, Math.max(200, width * 0.29))
  const sagitta = Math.min(60, inner * SAGITTA)
  const sentenceWidth = Math.min(300, width * 0.25)
  const chipWidth = Math.min(360, width * 0.215)
  return {
    width,
    height,
    sentence: {left: MARGIN, top, height: height - HEAD - MARGIN, width: sentenceWidth},
    chips: {axis: width * 0.435, top, height: inner, width: chipWidth},
    clouds: {
      left: width - MARGIN - cloudWidth - sagitta,
      top,
      height: height - HEAD - MARGIN,
      width: cloudWidth,
      sagitta,
    },
    legend: {y: top + inner + 8, width: 150},
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
  const minimum = Math.min(26, total / counts.length)
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

export function cloudGap(box, k) {
  return Math.min(9, Math.max(4, (box.height / k) * 0.11))
}
