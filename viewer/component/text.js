/** Measuring text in the very font that is drawn. */

const FAMILY = "Inter, 'Inter Variable', system-ui, sans-serif"
export const ASCENT = 0.78
export const DESCENT = 0.23
const REFERENCE = 100
const LONGEST = 400

const context = document.createElement("canvas").getContext("2d")
const widths = new Map()

/** Width in pixels of `text` at a font size and weight; measured once a text and weight. */
export function textWidth(text, size, weight) {
  const key = `${weight} ${text}`
  let width = widths.get(key)
  if (width === undefined) {
    context.font = `${weight} ${REFERENCE}px ${FAMILY}`
    width = context.measureText(text).width / REFERENCE
    widths.set(key, width)
  }
  return width * size
}

/** The text, cut with an ellipsis where it is wider than `room`. */
export function shorten(text, size, weight, room, measure = textWidth) {
  const fits = (shown) => measure(shown, size, weight) <= room
  if (text.length < 2 || (text.length <= LONGEST && fits(text))) return text
  const signs = Array.from(text.slice(0, LONGEST)) // so that no sign of two code units is halved
  let [low, high] = [1, signs.length]
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (fits(`${signs.slice(0, middle).join("")}…`)) low = middle
    else high = middle - 1
  }
  return `${signs.slice(0, low).join("")}…`
}

/** Loads the weights that are drawn; resolves at once where they are there already. */
export async function loadFont() {
  await Promise.all([400, 500, 600].map((weight) => document.fonts.load(`${weight} 12px Inter`)))
  widths.clear()
}
