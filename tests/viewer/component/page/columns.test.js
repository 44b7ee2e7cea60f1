import assert from "node:assert/strict"
import {test} from "node:test"

import {widthAfter} from "../../../../viewer/component/page/columns.js"

test("a column grows outwards within its limits, and leaves room for the picture", () => {
  const [left, right] = [{least: 150, most: 480, outwards: -1}, {least: 200, most: 1100, outwards: 1}]
  assert.equal(widthAfter(left, 212, 30, 1450), 242)
  assert.equal(widthAfter(right, 297, 30, 1450), 267)
  assert.equal(widthAfter(left, 212, -100, 1450), 150)
  assert.equal(widthAfter(right, 297, -2000, 1450), 1100)
  assert.equal(widthAfter(right, 297, -2000, 1000), 700)
})
