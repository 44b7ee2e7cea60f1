/** What the tests share: seeded random numbers, comparisons of numbers, boxes and texts. */

import assert from "node:assert/strict"

/** Uniform numbers in [0, 1), reproducible from a seed (mulberry32). */
export function randomNumbers(seed) {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

/** An integer in [low, high]. */
export function integer(random, low, high) {
  return low + Math.floor(random() * (high - low + 1))
}

export function range(count) {
  return Array.from({length: count}, (_, i) => i)
}

export function assertClose(actual, expected, tolerance = 1e-9) {
  const [found, wanted] = [actual, expected].map((value) => [value].flat())
  assert.equal(found.length, wanted.length)
  found.forEach((value, i) => {
    const isClose = Math.abs(value - wanted[i]) <= tolerance
    if (!isClose) assert.fail(`found ${value}, expected ${wanted[i]} at ${i}`)
  })
}

/** Fails where two of the boxes {left, top, right, bottom} overlap by more than rounding. */
export function assertApart(boxes) {
  boxes.forEach((one, i) => boxes.slice(i + 1).forEach((other) => {
    const apart = one.right <= other.left + 1e-6 || other.right <= one.left + 1e-6
      || one.bottom <= other.top + 1e-6 || other.bottom <= one.top + 1e-6
    if (!apart) assert.fail(`${JSON.stringify(one)} overlaps ${JSON.stringify(other)}`)
  }))
}

/** A made-up font: every character is a little over half as wide as high, bold ones wider. */
export function measure(text, size, weight = 400) {
  return text.length * size * (0.5 + weight / 8000)
}
