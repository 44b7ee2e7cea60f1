/** Packs cells into memory chips. Pure: numbers in, rectangles and triangles out. */

const LARGEST_PITCH = 17
const SMALLEST_PITCH = 1.5
const PITCH_STEP = 0.25
const GAP = 0.16 // of the pitch

function clamp(value, low, high) {
  return Math.min(high, Math.max(low, value))
}

/** The largest pitch (cell and gap) that `fits` accepts; the smallest if it accepts none. */
function largestPitch(fits) {
  let pitch = LARGEST_PITCH
  while (pitch > SMALLEST_PITCH && !fits(pitch)) pitch -= PITCH_STEP
  return pitch
}

/** Lines of `line` cells that hold `size` of them. */
function linesOf(size, line) {
  return Math.max(1, Math.ceil(size / line))
}

/** What both layouts share: the chips' slots and padding, and the side of a number of cells. */
function measuresOf(sizes, box) {
  const slot = box.height / sizes.length
  const padding = clamp(slot * 0.09, 3, 7)
  const extent = (cells, pitch) => (cells - GAP) * pitch + 2 * padding
  return {slot, padding, largest: Math.max(1, ...sizes), extent}
}

/** Chips of one height, each as wide as its cells need; a line of cells is a column. */
function packOfOneHeight(sizes, box) {
  const {slot, padding, largest, extent} = measuresOf(sizes, box)
  const square = Math.ceil(Math.sqrt(largest))
  const room = slot - clamp(slot * 0.2, 5, 22) - 2 * padding
  const rowsAt = (pitch) => clamp(Math.floor(room / pitch), 1, square)
  const pitch = largestPitch((tried) =>
    tried <= room && linesOf(largest, rowsAt(tried)) * tried <= box.width - 2 * padding)
  const line = rowsAt(pitch)
  const height = extent(line, pitch)
  const chips = sizes.map((size, i) => {
    const width = extent(linesOf(size, line), pitch)
    const y = box.top + i * slot + (slot - height) / 2
    return {x: box.axis - width / 2, y, width, height, size}
  })
  return {pitch, padding, line, down: true, chips}
}

/** Chips of one width, each as high as its cells need; a line of cells is a row. */
function packOfOneWidth(sizes, box) {
  const {slot, padding, largest, extent} = measuresOf(sizes, box)
  const room = box.height - sizes.length * (clamp(slot * 0.12, 4, 22) + 2 * padding)
  const columnsAt = (pitch) => Math.max(1, Math.floor((box.width - 2 * padding) / pitch))
  const rowsAt = (pitch) =>
    sizes.reduce((sum, size) => sum + linesOf(size, columnsAt(pitch)), 0)
  const pitch = largestPitch((tried) => rowsAt(tried) * tried <= room)
  const line = Math.min(columnsAt(pitch), largest)
  const width = extent(line, pitch)
  const heights = sizes.map((size) => extent(linesOf(size, line), pitch))
  const free = (box.height - heights.reduce((sum, height) => sum + height, 0)) / sizes.length
  let y = box.top - free / 2
  const chips = sizes.map((size, i) => {
    y += free + (heights[i - 1] ?? 0)
    return {x: box.axis - width / 2, y, width, height: heights[i], size}
  })
  return {pitch, padding, line, down: false, chips}
}

/**
 * Chips on one axis, top to bottom, with the largest cells at which all fit.
 *
 * `sizes`: cells per chip; `box`: {axis, top, height, width} in pixels, width the largest allowed;
 * `layout`: "equal heights" or "equal widths". Returns {pitch, padding, line, down, chips:
 * [{x, y, width, height, size}]}: a line has `line` cells, and runs down or else to the right.
 */
export function packChips(sizes, box, layout = "equal heights") {
  return layout === "equal widths" ? packOfOneWidth(sizes, box) : packOfOneHeight(sizes, box)
}

/** The square of the `index`-th cell of a chip; lines are filled one after another. */
export function cellRect({pitch, padding, line, down}, chip, index) {
  const [along, across] = [index % line, Math.floor(index / line)]
  return {
    x: chip.x + padding + (down ? across : along) * pitch,
    y: chip.y + padding + (down ? along : across) * pitch,
    side: pitch * (1 - GAP),
  }
}

/** The index of the cell of a chip at a point, or -1. The gap after a cell counts as the cell. */
export function cellAt({pitch, padding, line, down}, chip, x, y) {
  const column = Math.floor((x - chip.x - padding) / pitch)
  const row = Math.floor((y - chip.y - padding) / pitch)
  const [along, across] = down ? [row, column] : [column, row]
  const index = across * line + along
  return along >= 0 && across >= 0 && along < line && index < chip.size ? index : -1
}

/** The corners of the triangle in a cell's square, upright for a direction of 1, else upside down. */
export function cellTriangle({x, y, side, direction}) {
  const [base, tip] = direction > 0 ? [0.86, 0.1] : [0.14, 0.9]
  return [[x + 0.05 * side, y + base * side], [x + 0.95 * side, y + base * side],
    [x + side / 2, y + tip * side]]
}

/**
 * The cells of every cluster, in their order: [{unit, direction}], the direction 1 for a unit as it
 * rises, -1 as it falls, 0 for the whole unit.
 */
export function cellsByCluster({k, unit_cluster, unit, direction}) {
  const cells = Array.from({length: k}, () => [])
  unit_cluster.forEach((cluster, i) => {
    cells[cluster].push({unit: unit[i], direction: direction[i]})
  })
  return cells
}

/** A response as a cell sees it: above 0 where it drives the cell's direction. */
export function orient(value, {direction}) {
  return direction < 0 ? -value : value
}
