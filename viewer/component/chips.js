/** Packing units into memory chips. Pure: numbers in, rectangles out. */

const LARGEST_PITCH = 17
const SMALLEST_PITCH = 2.5
const PITCH_STEP = 0.25
const GAP_SHARE = 0.16

function chipPadding(slot) {
  return Math.min(7, Math.max(3, slot * 0.09))
}

/** The largest pitch (cell and gap) that `fits` accepts; the smallest where it accepts none. */
function largestPitch(fits) {
  let pitch = LARGEST_PITCH
  while (pitch > SMALLEST_PITCH && !fits(pitch)) pitch -= PITCH_STEP
  return pitch
}

function linesOf(size, line) {
  return Math.max(1, Math.ceil(size / line))
}

/** Chips of one height, each as wide as its units ask; a line of cells is a column. */
function packOfOneHeight(sizes, box) {
  const slot = box.height / sizes.length
  const between = Math.min(22, Math.max(5, slot * 0.2))
  const padding = chipPadding(slot)
  const largest = Math.max(1, ...sizes)
  const square = Math.ceil(Math.sqrt(largest))
  const room = slot - between - 2 * padding
  const rowsAt = (pitch) => Math.max(1, Math.min(square, Math.floor(room / pitch)))
  const pitch = largestPitch((tried) =>
    tried <= room && linesOf(largest, rowsAt(tried)) * tried <= box.width - 2 * padding)
  const line = rowsAt(pitch)
  const extent = (cells) => (cells - GAP_SHARE) * pitch + 2 * padding
  const chips = sizes.map((size, i) => {
    const width = extent(linesOf(size, line))
    const height = extent(line)
    const y = box.top + i * slot + (slot - height) / 2
    return {x: box.axis - width / 2, y, width, height, size}
  })
  return {pitch, padding, line, down: true, chips}
}

/** Chips of one width, each as high as its units ask; a line of cells is a row. */
function packOfOneWidth(sizes, box) {
  const slot = box.height / sizes.length
  const padding = chipPadding(slot)
  const between = Math.min(22, Math.max(4, slot * 0.12))
  const room = box.height - sizes.length * (between + 2 * padding)
  const columnsAt = (pitch) => Math.max(1, Math.floor((box.width - 2 * padding) / pitch))
  const rowsAt = (pitch) =>
    sizes.reduce((sum, size) => sum + linesOf(size, columnsAt(pitch)), 0)
  const pitch = largestPitch((tried) => rowsAt(tried) * tried <= room)
  const line = Math.min(columnsAt(pitch), Math.max(1, ...sizes))
  const extent = (cells) => (cells - GAP_SHARE) * pitch + 2 * padding
  const heights = sizes.map((size) => extent(linesOf(size, line)))
  const free = (box.height - heights.reduce((sum, height) => sum + height, 0)) / sizes.length
  let y = box.top - free / 2
  const chips = sizes.map((size, i) => {
    const width = extent(line)
    y += free + (heights[i - 1] ?? 0)
    return {x: box.axis - width / 2, y, width, height: heights[i], size}
  })
  return {pitch, padding, line, down: false, chips}
}

/**
 * Chips on one axis, top to bottom, with the largest cells with which all fit.
 *
 * `sizes`: units a chip; `box`: {axis, top, height, width} in pixels, width the widest allowed;
 * `layout`: "equal heights" or "equal widths". Returns {pitch, padding, line, down, chips:
 * [{x, y, width, height, size}]}: `line` cells fill a line, which goes down or else to the right.
 */
export function packChips(sizes, box, layout = "equal heights") {
  return layout === "equal widths" ? packOfOneWidth(sizes, box) : packOfOneHeight(sizes, box)
}

/** Where the `index`-th unit of a chip stands: its line is filled first. */
export function cellRect({pitch, padding, line, down}, chip, index) {
  const [along, across] = [index % line, Math.floor(index / line)]
  return {
    x: chip.x + padding + (down ? across : along) * pitch,
    y: chip.y + padding + (down ? along : across) * pitch,
    side: pitch * (1 - GAP_SHARE),
  }
}

/** The index of the unit of a chip at a point, or -1. */
export function cellAt({pitch, padding, line, down}, chip, x, y) {
  const column = Math.floor((x - chip.x - padding) / pitch)
  const row = Math.floor((y - chip.y - padding) / pitch)
  const [along, across] = down ? [row, column] : [column, row]
  const index = across * line + along
  return along >= 0 && across >= 0 && along < line && index < chip.size ? index : -1
}

/** Units of every cluster, each in the order that `order` (unit numbers) gives. */
export function unitsByCluster(unitCluster, order, k) {
  const units = Array.from({length: k}, () => [])
  for (const unit of order) units[unitCluster[unit]].push(unit)
  return units
}
