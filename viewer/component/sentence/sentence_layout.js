/** Positions of sentences, their rows and their parts. Pure: numbers in, boxes out. */

const MOST_COLUMNS = 2
const GAP = 14
const LARGEST_ROW = 72
const SMALLEST_ROW = 34
const LARGEST_ZOOMED = 150
const STRIP = 5
const LABEL = 0.4 // of the pane's width
const ROOM = 10

/** Sentences that stand side by side, of `count` in all. */
export function columnsOf(count, arrangement) {
  return arrangement === "stacked" ? 1 : Math.min(MOST_COLUMNS, Math.max(1, count))
}

/** A box {left, top, width, height} per sentence: rows of `columnsOf` side by side, in `box`. */
export function paneBoxes(count, box, arrangement) {
  const columns = columnsOf(count, arrangement)
  const rows = Math.max(1, Math.ceil(count / columns))
  const width = (box.width - GAP * (columns - 1)) / columns
  const height = (box.height - GAP * (rows - 1)) / rows
  return Array.from({length: count}, (_, i) => ({
    left: box.left + (i % columns) * (width + GAP),
    top: box.top + Math.floor(i / columns) * (height + GAP),
    width,
    height,
  }))
}

/**
 * The parts of a pane under its head of `head` pixels: the strip of the whole sentence, the right
 * edge of the words, the glyphs. `mirrored`: from right to left, the left edge of the words.
 */
export function partsOf(pane, head, mirrored) {
  const words = pane.width * LABEL
  const glyphs = pane.width - words - 2 * ROOM - STRIP
  const right = pane.left + pane.width
  const [strip, edge, glyph] = mirrored
    ? [right - STRIP, right - STRIP - words, right - STRIP - words - ROOM - glyphs]
    : [pane.left, pane.left + STRIP + words, pane.left + STRIP + words + ROOM]
  return {
    top: pane.top + head,
    height: Math.max(SMALLEST_ROW, pane.height - head),
    strip: {x: strip, width: STRIP},
    words: {x: edge, width: words - ROOM, mirrored},
    glyph: {x: glyph, width: glyphs},
  }
}

/**
 * Rows of a sentence of `count` words, or of the `stretch` {from, to} that is zoomed to; they scroll
 * where `content` is taller than the part {top, height}.
 */
export function layRows(count, {top, height}, stretch) {
  const {from, to} = stretch ?? {from: 0, to: count - 1}
  const shown = to - from + 1
  const largest = stretch ? LARGEST_ZOOMED : LARGEST_ROW
  const row = Math.min(largest, Math.max(SMALLEST_ROW, height / Math.max(1, shown)))
  return {top, height, row, from, to, lead: 0, content: row * shown}
}

/**
 * The rows of sentences that stand side by side, so that one word of each, `positions`, is on one
 * height: of one height, after `lead` empty ones, scrolled together.
 */
export function alignRows(rows, positions) {
  const before = rows.map(({from}, i) => positions[i] - from)
  const leads = before.map((count) => Math.max(...before) - count)
  const most = Math.max(...rows.map(({from, to}, i) => leads[i] + to - from + 1))
  const top = Math.max(...rows.map((each) => each.top))
  const height = Math.min(...rows.map((each) => each.top + each.height)) - top
  const row = Math.max(SMALLEST_ROW, Math.min(height / most, ...rows.map((each) => each.row)))
  return rows.map((each, i) => ({...each, top, height, row, lead: leads[i], content: row * most}))
}

/** The scroll offset, limited to the content: 0 is the top, negative further down. */
export function clampScroll({content, height}, scrolled) {
  return Math.min(0, Math.max(height - content, scrolled))
}

/** The words in view: {from, to}. */
export function visibleRows({row, from, to, height, lead}, scrolled) {
  const first = from - lead
  return {
    from: Math.max(from, first + Math.floor(-scrolled / row)),
    to: Math.min(to, first + Math.ceil((height - scrolled) / row) - 1),
  }
}

/** Top of a word's row, in pixels of the view. */
export function rowTop(rows, position, scrolled) {
  return rows.top + scrolled + (position - rows.from + rows.lead) * rows.row
}

/** The word at a height of the view, or null outside the rows. */
export function positionAt(rows, y, scrolled) {
  const position = rows.from - rows.lead + Math.floor((y - rows.top - scrolled) / rows.row)
  const inside = y >= rows.top && y < rows.top + rows.height
  return inside && position >= rows.from && position <= rows.to ? position : null
}

/** The word of the whole sentence at a height of the strip. */
export function positionOnStrip(count, {top, height}, y) {
  const fraction = Math.min(1, Math.max(0, (y - top) / height))
  return Math.min(count - 1, Math.floor(fraction * count))
}

/** The cluster of a glyph at an x, or null outside. */
export function clusterAt({x: left, width}, k, x) {
  const cluster = Math.floor(((x - left) / width) * k)
  return cluster >= 0 && cluster < k ? cluster : null
}

/** The smallest scroll that brings a word into view. */
export function scrollTo(rows, position, scrolled) {
  const top = (position - rows.from + rows.lead) * rows.row
  const lowest = rows.height - rows.row - top
  return clampScroll(rows, Math.max(-top, Math.min(lowest, scrolled)))
}
