/** Packing words into clouds. Pure: text measuring is handed in. */

import {ASCENT, DESCENT, shorten} from "./text.js"

const GAP_X = 5
const GAP_Y = 1.5
const STEP_Y = 1.5
const PADDING = {x: 12, y: 6}
const SMALLEST = 9.25
const LARGEST = 27
const EMPHASIS = 1.9
const INK_SHARE = 0.66
const FULL_SHARE = 0.88
const BADGE = {width: 30, height: 16}
const LOW = 34

/** The left edge nearest to `x` in [0, last] that no forbidden open interval holds, or null. */
function nearestFree(x, last, forbidden) {
  forbidden.sort((a, b) => a[0] - b[0])
  let [best, distance, from] = [null, Infinity, 0]
  const consider = (low, high) => {
    if (high < low) return
    const at = Math.min(high, Math.max(low, x))
    if (Math.abs(at - x) >= distance) return
    best = at
    distance = Math.abs(at - x)
  }
  for (const [start, end] of forbidden) {
    consider(from, Math.min(start, last))
    from = Math.max(from, end)
  }
  consider(from, last)
  return best
}

function forbiddenFor(item, y, placed) {
  const intervals = []
  for (const other of placed) {
    if (other.y >= y + item.height + GAP_Y || other.y + other.height + GAP_Y <= y) continue
    intervals.push([other.x - item.width - GAP_X, other.x + other.width + GAP_X])
  }
  return intervals
}

/** The free place nearest to the middle, distances measured in shares of the box; or null. */
function findPlace(item, width, height, placed) {
  const last = width - item.width
  const lowest = height - item.height
  if (last < 0 || lowest < 0) return null
  let [best, cost] = [null, Infinity]
  for (let step = 0; step * STEP_Y <= lowest; step += 1) {
    const side = step % 2 ? -1 : 1
    const y = lowest / 2 + side * Math.ceil(step / 2) * STEP_Y
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
  const placed = [...blocked]
  return items.map((item) => {
    const place = findPlace(item, width, height, placed)
    if (place) placed.push({...place, width: item.width, height: item.height})
    return place
  })
}

function weightOf(share) {
  return share > 0.62 ? 600 : share > 0.25 ? 500 : 400
}

/** Sizes of the first `count` words (by falling centrality): the most central is the largest. */
function sized(words, count, largest, room, measure) {
  const [top, bottom] = [words[0].centrality, words[count - 1].centrality]
  return words.slice(0, count).map((word) => {
    const share = top > bottom ? (word.centrality - bottom) / (top - bottom) : 1
    const exact = SMALLEST + (largest - SMALLEST) * share ** EMPHASIS
    const size = Math.round(exact * 4) / 4
    const weight = weightOf(share)
    const text = shorten(word.text, size, weight, room, measure)
    const width = measure(text, size, weight)
    return {...word, text, size, weight, width, height: size * (ASCENT + DESCENT)}
  })
}

function inkOf(items) {
  return items.reduce((sum, item) => sum + (item.width + GAP_X) * (item.height + GAP_Y), 0)
}

/** How many words fill a share of the box, their sizes falling over just those shown. */
function fittingCount(words, {width, height, measure}, largest, inkShare) {
  let [low, high] = [1, words.length]
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    const ink = inkOf(sized(words, middle, largest, width, measure))
    if (ink <= width * height * inkShare) low = middle
    else high = middle - 1
  }
  return low
}

function largestSize(height, grown) {
  return Math.max(SMALLEST + 1, Math.min(grown ? 22 : 18, height * 0.36))
}

/** Larger type for few words in a large cloud. */
function roomySize(words, {width, height, measure}, largest) {
  const ink = inkOf(sized(words, words.length, largest, width, measure))
  const growth = Math.sqrt((width * height * INK_SHARE) / ink)
  const tallest = Math.floor((4 * height) / (ASCENT + DESCENT)) / 4  // as sizes are rounded
  return Math.max(largest, Math.min(LARGEST, tallest, largest * growth * 0.9))
}

function positioned(items, places) {
  const kept = items.map((item, i) => places[i] && {...item, ...places[i]}).filter(Boolean)
  return kept.map((word) => ({
    ...word,
    x: word.x + PADDING.x,
    y: word.y + PADDING.y + word.size * ASCENT,
  }))
}

/** The words to show: the first `count`, and the selected ones in any case. */
function withSelected(words, count, selected) {
  const hidden = words.slice(count).filter((word) => selected.includes(word.id))
  return [...words.slice(0, Math.max(1, count - hidden.length)), ...hidden]
}

/** Big words first, but the selected ones early, so that they surely find room. */
function inPackingOrder(items, selected) {
  const early = items.slice(1).filter((item) => selected.includes(item.id))
  return [items[0], ...early, ...items.slice(1).filter((item) => !early.includes(item))]
}

/**
 * How many words are shown, and the size of the largest. Where more are asked for than fit at the
 * usual sizes, small and dense type takes as many of them as it can.
 */
function typeFor(words, asked, box, usual) {
  const wanted = asked ? words.slice(0, asked) : words
  const count = fittingCount(wanted, box, usual, INK_SHARE)
  if (count === wanted.length) return {count, largest: roomySize(wanted, box, usual)}
  if (!asked) return {count, largest: usual}
  const small = SMALLEST + 1
  return {count: fittingCount(wanted, box, small, FULL_SHARE), largest: small}
}

/**
 * A cloud of the most central words that fit, and the selected ones; the others are counted in
 * `folded`.
 *
 * `words`: [{id, text, centrality}] by falling centrality; `asked`: how many to show at most, 0 for
 * as many as fit well; `selected`: word ids. Returns {words, folded, content}, each word with x and
 * baseline y within the cloud; `content` is the height the words take.
 */
export function packCloud(words, {width, height}, measure, asked, selected) {
  if (!words.length) return {words: [], folded: 0, content: height}
  const tall = height - 2 * PADDING.y
  const inner = width - 2 * PADDING.x - (tall < LOW ? BADGE.width : 0)
  const box = {width: inner, height: tall, measure}
  const {count, largest} = typeFor(words, asked, box, largestSize(height, false))
  const chosen = withSelected(words, count, selected)
  const items = inPackingOrder(sized(chosen, chosen.length, largest, inner, measure), selected)
  const corner = {x: inner + PADDING.x - BADGE.width, y: tall - BADGE.height / 2, ...BADGE}
  const whole = chosen.length === words.length ? packBoxes(items, inner, tall) : [null]
  // A word that finds no place is counted too, and the count wants its corner.
  const places = whole.every(Boolean)
    ? whole : packBoxes(items, inner, tall, tall >= LOW ? [corner] : [])
  const shown = positioned(items, places)
  return {words: shown, folded: words.length - shown.length, content: height}
}

/** Height that all words ask for at comfortable sizes. */
export function neededHeight(words, width, measure) {
  if (!words.length) return 2 * PADDING.y
  const inner = width - 2 * PADDING.x
  const items = sized(words, words.length, largestSize(Infinity, true), inner, measure)
  return inkOf(items) / INK_SHARE / inner + 2 * PADDING.y
}

/** A cloud of all its words; where these need more than `height`, `content` says how much. */
export function packWholeCloud(words, {width, height}, measure) {
  if (!words.length) return {words: [], folded: 0, content: height}
  const inner = width - 2 * PADDING.x
  for (let tall = height; ; tall *= 1.08) {
    for (const scale of tall > height ? [0.6] : [1, 0.85, 0.7, 0.6]) {
      const largest = Math.max(SMALLEST + 1, largestSize(height, true) * scale)
      const items = sized(words, words.length, largest, inner, measure)
      if (inkOf(items) > FULL_SHARE * inner * (tall - 2 * PADDING.y)) continue
      const places = packBoxes(items, inner, tall - 2 * PADDING.y)
      if (places.every(Boolean)) return {words: positioned(items, places), folded: 0, content: tall}
    }
  }
}
