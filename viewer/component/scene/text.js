/** Measures text in the font that is drawn. Nothing here touches the document before it is called. */

const FAMILY = "Inter, 'Inter Variable', system-ui, sans-serif"
export const ASCENT = 0.78
export const DESCENT = 0.23
const REFERENCE = 100
const LONGEST = 400

const widths = new Map()
let context = null

/** Width in pixels of `text` at a font size and weight; measured once per text and weight. */
export function textWidth(text, size, weight) {
  const key = `${weight} ${text}`
  let width = widths.get(key)
  if (width === undefined) {
    context ??= document.createElement("canvas").getContext("2d")
    context.font = `${weight} ${REFERENCE}px ${FAMILY}`
    width = context.measureText(text).width / REFERENCE
    widths.set(key, width)
  }
  return width * size
}

/** The largest integer in [low, high] that `fits` accepts, at least `low`; `fits` is monotonic. */
export function largestFitting(low, high, fits) {
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (fits(middle)) low = middle
    else high = middle - 1
  }
  return low
}

/** The first of the texts that is not wider than `room`, else the last. */
export function firstFitting(texts, size, weight, room, measure = textWidth) {
  return texts.find((text) => measure(text, size, weight) <= room) ?? texts.at(-1)
}

/** The text, cut with an ellipsis where it is wider than `room`. */
export function shorten(text, size, weight, room, measure = textWidth) {
  const fits = (shown) => measure(shown, size, weight) <= room
  if (text.length < 2 || (text.length <= LONGEST && fits(text))) return text
  const characters = Array.from(text.slice(0, LONGEST)) // code points: surrogate pairs stay whole
  const cut = (count) => `${characters.slice(0, count).join("")}…`
  return cut(largestFitting(1, characters.length, (count) => fits(cut(count))))
}

/** Loads the drawn weights; resolves immediately if they are loaded. */
export async function loadFont() {
  await Promise.all([400, 500, 600].map((weight) => document.fonts.load(`${weight} 12px Inter`)))
  widths.clear()
}

/** A number of things as it is written, thousands apart: 1,000. */
export function written(count) {
  return count.toLocaleString("en-US")
}

/** So many `things`, a plural: "1,000 words", "1 word". */
export function counted(count, things) {
  return `${written(count)} ${count === 1 ? things.slice(0, -1) : things}`
}
