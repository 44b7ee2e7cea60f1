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

/** Where `x` gets to that leaves every open interval it is in by the exit of that one. */
function outOf(x, starts, ends, exits) {
  for (let i = 0; i < starts.length; i += 1) {
    if (starts[i] < x && x < ends[i]) {
      x = exits[i]
      i = -1
    }
  }
  return x
}

/** The left edge in [0, last] nearest to `x` that lies in no open interval, or null. */
function nearestFree(x, last, {starts, ends}) {
  const [left, right] = [outOf(x, starts, ends, starts), outOf(x, starts, ends, ends)]
  if (right > last) return left < 0 ? null : left
  return left >= 0 && x - left <= right - x ? left : right
}

/** The first and last band that a box touches: only boxes of a common band can overlap. */
function bandsOf(y, height) {
  return [Math.floor(y / BAND), Math.ceil((y + height) / BAND) - 1]
}

/** The open intervals in which no left edge of a box at this height may lie. */
function forbiddenFor({width, height}, y, placed) {
  const [starts, ends] = [[], []]
  const [first, last] = bandsOf(y - GAP_Y, height + 2 * GAP_Y)
  for (let band = first; band <= last; band += 1) {
    for (const other of placed.get(band) ?? []) {
      if (other.y >= y + height + GAP_Y || other.y + other.height + GAP_Y <= y) continue
      starts.push(other.x - width - GAP_X)
      ends.push(other.x + other.width + GAP_X)
    }
  }
  return {starts, ends}
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

/** Of items ({width, height}), in their order, a place without overlap each; null for want of room. */
function* placesOf(items, width, height, blocked = []) {
  const placed = new Map()
  const add = (box) => {
    const [first, last] = bandsOf(box.y, box.height)
    for (let band = first; band <= last; band += 1) {
      if (placed.has(band)) placed.get(band).push(box)
      else placed.set(band, [box])
    }
  }
  blocked.forEach(add)
  for (const item of items) {
    const place = findPlace(item, width, height, placed)
    if (place) add({...place, width: item.width, height: item.height})
    yield place
  }
}

export function packBoxes(items, width, height, blocked) {
  return [...placesOf(items, width, height, blocked)]
}

/** The places of all items, or null as soon as one finds none. */
function packAll(items, width, height) {
  const places = []
  for (const place of placesOf(items, width, height)) {
    if (!place) return null
    places.push(place)
  }
  return places
}

/** Sizes of words sorted by falling strength: the strongest is the largest. */
function sized(words, largest, {width: room, measure}) {
  const [top, bottom] = [words[0].strength, words.at(-1).strength]
  return words.map((word) => {
    const rank = top > bottom ? (word.strength - bottom) / (top - bottom) : 1
    const size = Math.round(4 * (SMALLEST + (largest - SMALLEST) * rank ** EMPHASIS)) / 4
    const weight = rank > 0.62 ? 600 : rank > 0.25 ? 500 : 400
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
  const whole = chosen.length === words.length ? packAll(items, inner, tall) : null
  // A word that finds no place is counted too, and the count needs its corner.
  const blocked = tall >= LOW ? [corner] : []
  const places = whole ?? packBoxes(items, inner, tall, blocked)
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
      const places = packAll(items, box.width, tall)
      if (places) return {words: positioned(items, places), folded: 0, content}
    }
  }
}
