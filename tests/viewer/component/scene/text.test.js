import assert from "node:assert/strict"
import {test} from "node:test"

import {largestFitting, shorten} from "../../../../viewer/component/scene/text.js"

/** One pixel per character (by code points), whatever the size. */
const count = (text) => Array.from(text).length

test("texts are cut with an ellipsis to the room there is", () => {
  const cases = [
    ["company", 7, "company"], ["company", 5, "comp…"], ["x", 0, "x"], ["", 5, ""],
    ["company", 1, "c…"], ["😀😀😀😀", 2, "😀…"], ["a".repeat(5000), 4, "aaa…"],
  ]
  for (const [text, room, shown] of cases) assert.equal(shorten(text, 12, 500, room, count), shown)
})

test("size and weight are those that are measured", () => {
  const seen = []
  shorten("company", 12, 500, 5, (text, ...font) => seen.push(font) && text.length)
  assert.ok(seen.length > 1)
  assert.ok(seen.every(([size, weight]) => size === 12 && weight === 500))
})

test("the largest that fits is found, at least the lowest", () => {
  for (let limit = 0; limit <= 12; limit += 1) {
    assert.equal(largestFitting(1, 10, (n) => n <= limit), Math.min(10, Math.max(1, limit)))
  }
})
