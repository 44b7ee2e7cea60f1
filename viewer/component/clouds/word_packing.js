/** Packs words into clouds. Pure: `measure(text, size, weight)` is passed in. */

import {ASCENT, DESCENT, largestFitting, shorten} from "../scene/text.js"

const GAP_X = 5
const GAP_Y = 1.5
const STEP_Y = 1.5
const BAND = 24
const PADDING = {x: 12, y: 6}
const SMALLEST = 11
const LARGEST = 27
const EMPHASIS = 1.9
const INK = 0.66 // of the box, at which a cloud looks full
const DENSE_INK = 0.88 // of the box, at most
const BADGE = {width: 30, height: 16}
const LOW = 34
const WEAK = 0.25 // of the strongest word: weaker ones wait for the expanded cloud

/** The left edge in [0, last] nearest to `x` that lies in no forbidden open interval, or null. */
function nearestFree(x, last, forbidden) {
  forbidden.sort((a, b) => a[0] - b[0])
  let [best, distance, from] = [null, Infinity, 0]
  for (const [start, end] of [...forbidden, [last, Infinity]]) {
    const high = Math.min(start, last)
    const at = Math.min(high, Math.max(from, x))
    if (high >= from && Math.abs(at - x) < distance) [best, distance] = [at, Math.abs(at - x)]
    from = Math.max(from, end)
  }
  return best
}

/** The bands that a box touches: only boxes of a common band can overlap. */
function* bandsOf(y, height) {
  for (let band = Math.floor(y / BAND); band * BAND < y + height; band += 1) yield band
}

function forbiddenFor({width, height}, y, placed) {
  const forbidden = []
  for (const band of bandsOf(y - GAP_Y, height + 2 * GAP_Y)) {
    for (const other of placed.get(band) ?? []) {
      if (other.y >= y + height + GAP_Y || other.y + other.height + GAP_Y <= y) continue
      forbidden.push([other.x - width - GAP_X, other.x + other.width + GAP_X])
    }
  }
  return forbidden
}

/** The free place nearest to the middle, distances relative to the box's sides; or null. */
function findPlace(item, width, height, placed) {
  const last = width - item.width
  const lowest = height - item.height
  if (last < 0 || lowest < 0) return null
  let [best, cost] = [null, Infinity]
  for (let step = 0; ; step += 1) {
    const away = Math.ceil(step / 2) * STEP_Y
    if (away > lowest / 2) break
    const y = lowest / 2 + (step % 2 ? -away : away)
    const fromMiddle = ((y - lowest / 2) / height) ** 2
    if (fromMiddle >= cost) break
    const x = nearestFree(last / 2, last, forbiddenFor(item, y, placed))
    if (x === null) continue
    const total = fromMiddle + ((x - last / 2) / width) ** 2
    if (total < cost) [best, cost] = [{x, y}, total]
  }
  return best
}

/** Places items ({width, height}), in their order, without overlap; null for want of room. */
export function packBoxes(items, width, height, blocked = []) {
  const placed = new Map()
  const add = (box) => {
    for (const band of bandsOf(box.y, box.height)) placed.set(band, [...placed.get(band) ?? [], box])
  }
  blocked.forEach(add)
  return items.map((item) => {
    const place = findPlace(item, width, height, placed)
    if (place) add({...place, width: item.width, height: item.height})
    return place
  })
}

function weightOf(rank) {
  return rank > 0.62 ? 600 : rank > 0.25 ? 500 : 400
}

/** Sizes of words sorted by falling strength: the strongest is the largest. */
function sized(words, largest, {width: room, measure}) {
  const [top, bottom] = [words[0].strength, words.at(-1).strength]
  return words.map((word) => {
    const rank = top > bottom ? (word.strength - bottom) / (top - bottom) : 1
    const size = Math.round(4 * (SMALLEST + (largest - SMALLEST) * rank ** EMPHASIS)) / 4
    const weight = weightOf(rank)
    const text = shorten(word.text, size, weight, room, measure)
    const width = measure(text, size, weight)
    return {...word, text, size, weight, width, height: size * (ASCENT + DESCENT)}
  })
}

function inkOf(items) {
  return items.reduce((sum, item) => sum + (item.width + GAP_X) * (item.height + GAP_Y), 0)
}

/** How many words fill a fraction of the box, their sizes falling over just those shown. */
function fittingCount(words, box, largest, ink) {
  return largestFitting(1, words.length, (count) =>
    inkOf(sized(words.slice(0, count), largest, box)) <= box.width * box.height * ink)
}

function largestSize(height, most) {
  return Math.max(SMALLEST + 1, Math.min(most, height * 0.36))
}

function roomySize(words, box, largest) {
  const growth = Math.sqrt((box.width * box.height * INK) / inkOf(sized(words, largest, box)))
  const tallest = Math.floor((4 * box.height) / (ASCENT + DESCENT)) / 4 // as sizes are rounded
  return Math.max(largest, Math.min(LARGEST, tallest, largest * growth * 0.9))
}

function positioned(items, places) {
  return items.map((item, i) => places[i] && {
    ...item, x: places[i].x + PADDING.x, y: places[i].y + PADDING.y + item.size * ASCENT,
  }).filter(Boolean)
}

/** The box of a placed word within the room that the words have. */
function boxOf({x, y, width, height, size}) {
  return {x: x - PADDING.x, y: y - PADDING.y - size * ASCENT, width, height}
}

/**
 * The words shown and, at the smallest size, `hidden` ones that are selected: in free places, else
 * in those of the weakest words, which are left out. No other word moves.
 */
function withSelected(shown, hidden, {box, blocked, selected, most}) {
  const words = [...shown]
  const placeFor = (item) => words.length >= most
    ? null : packBoxes([item], box.width, box.height, [...blocked, ...words.map(boxOf)])[0]
  for (const item of hidden.flatMap((word) => sized([word], SMALLEST, box))) {
    let place = placeFor(item)
    while (!place) {
      const weakest = words.findLastIndex(({id}) => !selected.includes(id))
      if (weakest < 0) break
      words.splice(weakest, 1)
      place = placeFor(item)
    }
    if (place) words.push(...positioned([item], [place]))
  }
  return words
}

/**
 * How many words a cloud shows at most: those asked for, else those that are not weak against the
 * strongest. `words` are sorted by falling strength.
 */
export function mostShown(words, asked) {
  if (asked || !words.length) return Math.min(asked, words.length)
  const weak = words.findIndex(({strength}) => strength < WEAK * words[0].strength)
  return weak < 0 ? words.length : weak
}

/**
 * How many words are shown, and the size of the largest. Where more are asked for than fit at the
 * usual sizes, small and dense type takes as many of them as it can.
 */
function typeFor(words, asked, box, usual) {
  const wanted = words.slice(0, mostShown(words, asked))
  const count = fittingCount(wanted, box, usual, INK)
  if (count === wanted.length) return {count, largest: roomySize(wanted, box, usual)}
  if (!asked) return {count, largest: usual}
  const small = SMALLEST + 1
  return {count: fittingCount(wanted, box, small, DENSE_INK), largest: small}
}

/**
 * A cloud of the strongest words that fit, and the selected ones; the others are counted in
 * `folded`.
 *
 * `words`: [{id, text, strength}] by falling strength; `asked`: the largest number to show, 0 for
 * as many as fit well; `selected`: word ids. Returns {words, folded, content}, each word with x and
 * baseline y within the cloud; `content` is the height that the words take.
 */
export function packCloud(words, {width, height}, measure, asked, selected) {
  if (!words.length) return {words: [], folded: 0, content: height}
  const tall = height - 2 * PADDING.y
  const inner = width - 2 * PADDING.x - (tall < LOW ? BADGE.width : 0)
  const box = {width: inner, height: tall, measure}
  const {count, largest} = typeFor(words, asked, box, largestSize(height, 18))
  const chosen = words.slice(0, count)
  const items = sized(chosen, largest, box)
  const corner = {x: inner + PADDING.x - BADGE.width, y: tall - BADGE.height / 2, ...BADGE}
  const whole = chosen.length === words.length ? packBoxes(items, inner, tall) : [null]
  // A word that finds no place is counted too, and the count needs its corner.
  const blocked = tall >= LOW ? [corner] : []
  const places = whole.every(Boolean) ? whole : packBoxes(items, inner, tall, blocked)
  const placed = positioned(items, places)
  const seen = new Set(placed.map(({id}) => id))
  const hidden = words.filter(({id}) => selected.includes(id) && !seen.has(id))
  const shown = withSelected(placed, hidden, {box, blocked, selected, most: asked || Infinity})
  return {words: shown, folded: words.length - shown.length, content: height}
}

/** The height at which all words fit in comfortable sizes. */
export function neededHeight(words, width, measure) {
  if (!words.length) return 2 * PADDING.y
  const inner = width - 2 * PADDING.x
  const items = sized(words, largestSize(Infinity, 22), {width: inner, measure})
  return inkOf(items) / INK / inner + 2 * PADDING.y
}

/** A cloud of all its words; where these need more than `height`, `content` is their height. */
export function packWholeCloud(words, {width, height}, measure) {
  if (!words.length) return {words: [], folded: 0, content: height}
  const box = {width: width - 2 * PADDING.x, measure}
  for (let content = height; ; content *= 1.08) {
    for (const scale of content > height ? [0.6] : [1, 0.85, 0.7, 0.6]) {
      const items = sized(words, Math.max(SMALLEST + 1, largestSize(height, 22) * scale), box)
      const tall = content - 2 * PADDING.y
      if (inkOf(items) > DENSE_INK * box.width * tall) continue
      const places = packBoxes(items, box.width, tall)
      if (places.every(Boolean)) return {words: positioned(items, places), folded: 0, content}
    }
  }
}
