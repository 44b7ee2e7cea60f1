/** Packing units into memory chips. Pure: numbers in, rectangles out. */

const LARGEST_PITCH = 17
const SMALLEST_PITCH = 2.5
const PITCH_STEP = 0.25
const GAP_SHARE = 0.16

function chipPadding(slot) {
  return Math.min(7, Math.max(3, slot * 0.09))
}

/** Rows and pitch (cell and gap) of the largest cells with which the fullest chip fits. */
function fitPitch(largest, height, width) {
  const square = Math.ceil(Math.sqrt(largest))
  for (let pitch = LARGEST_PITCH; pitch > SMALLEST_PITCH; pitch -= PITCH_STEP) {
    const rows = Math.min(square, Math.floor(height / pitch))
    if (rows >= 1 && Math.ceil(largest / rows) * pitch <= width) return {pitch, rows}
  }
  return {pitch: SMALLEST_PITCH, rows: Math.max(1, Math.floor(height / SMALLEST_PITCH))}
}

/**
 * Chips of equal height on one axis, top to bottom, each as wide as its units ask.
 *
 * `sizes`: units a chip; `box`: {axis, top, height, width} in pixels, width the widest allowed.
 * Returns {pitch, rows, padding, chips: [{x, y, width, height, columns, size}]}.
 */
export function packChips(sizes, box) {
  const slot = box.height / sizes.length
  const between = Math.min(22, Math.max(5, slot * 0.2))
  const padding = chipPadding(slot)
  const inner = slot - between - 2 * padding
  const {pitch, rows} = fitPitch(Math.max(1, ...sizes), inner, box.width - 2 * padding)
  const height = rows * pitch + 2 * padding - pitch * GAP_SHARE
  const chips = sizes.map((size, i) => {
    const columns = Math.max(1, Math.ceil(size / rows))
    const width = columns * pitch + 2 * padding - pitch * GAP_SHARE
    const y = box.top + i * slot + (slot - height) / 2
    return {x: box.axis - width / 2, y, width, height, columns, size}
  })
  return {pitch, rows, padding, chips}
}

/** Where the `index`-th unit of a chip stands: columns are filled from the left, top down. */
export function cellRect({pitch, rows, padding}, chip, index) {
  const side = pitch * (1 - GAP_SHARE)
  return {
    x: chip.x + padding + Math.floor(index / rows) * pitch,
    y: chip.y + padding + (index % rows) * pitch,
    side,
  }
}

/** The index of the unit of a chip at a point, or -1. */
export function cellAt({pitch, rows, padding}, chip, x, y) {
  const column = Math.floor((x - chip.x - padding) / pitch)
  const row = Math.floor((y - chip.y - padding) / pitch)
  const index = column * rows + row
  const inside = column >= 0 && row >= 0 && row < rows && index < chip.size
  return inside ? index : -1
}

/** Units of every cluster, each in the order that `order` (unit numbers) gives. */
export function unitsByCluster(unitCluster, order, k) {
  const units = Array.from({length: k}, () => [])
  for (const unit of order) units[unitCluster[unit]].push(unit)
  return units
}
