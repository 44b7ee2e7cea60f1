import assert from "node:assert/strict"
import {test} from "node:test"

import {
  arcLeft, cloudGap, cloudHeights, frameOf, leastHeight, shownColumns,
} from "../../../../viewer/component/scene/layout.js"
import {assertClose, integer, randomNumbers, range} from "../support.js"

const BOX = {left: 600, top: 100, height: 800, width: 200, sagitta: 40}

test("the columns stand side by side within the view", () => {
  for (const [width, height] of [[820, 560], [1200, 800], [2400, 1300]]) {
    for (const side of [1, 2]) {
      const {sentence, chips, clouds} = frameOf(width, height, [], side)
      assert.ok(sentence.left >= 0)
      assert.ok(sentence.left + sentence.width <= chips.axis - chips.width / 2)
      assert.ok(chips.axis + chips.width / 2 <= clouds.left)
      assert.ok(clouds.left + clouds.width + clouds.sagitta <= width)
      for (const {top, height: high} of [sentence, chips, clouds]) assert.ok(top + high <= height)
    }
  }
})

test("a second sentence widens its column at the chips' expense, and moves no cloud", () => {
  const [one, two] = [1, 2].map((side) => frameOf(1000, 800, [], side))
  assert.ok(two.chips.width < one.chips.width)
  assertClose([one.sentence.width, two.sentence.width], [250, 335])
  assert.deepEqual(two.clouds, one.clouds)
})

test("a presentation of the memory has no sentences, whatever their number", () => {
  const frame = frameOf(1000, 800, ["memory"], 3)
  assert.equal(frame.sentence.width, 0)
  assert.equal(frame.chips.axis, 250)
})

test("the columns shown follow from the panes", () => {
  assert.equal(shownColumns([]), "both")
  assert.equal(shownColumns(["detail"]), "both")
  assert.equal(shownColumns(["sentence", "memory"]), "both")
  assert.equal(shownColumns(["sentence", "detail"]), "sentence")
  assert.equal(shownColumns(["memory"]), "memory")
})

test("clouds stand on a parabola, not on a wedge", () => {
  const at = (fraction) => arcLeft(BOX, BOX.top + fraction * BOX.height)
  assertClose([0, 0.25, 0.5, 0.75, 1].map(at), [600, 630, 640, 630, 600])
})

test("heights beyond the least grow with the root of the count", () => {
  const heights = cloudHeights([1, 4, 9, 0], [null, null, null, null], BOX)
  const least = leastHeight(BOX, 4)
  const beyond = heights.map((height) => height - least)
  assertClose(beyond.map((height) => height / beyond[0]), [1, 2, 3, 0])
})

test("heights and gaps fill the column", () => {
  const random = randomNumbers(1)
  for (let k = 2; k <= 20; k += 1) {
    const counts = range(k).map(() => integer(random, 0, 60))
    const needed = range(k).map((i) => (i && random() < 0.2 ? integer(random, 50, 400) : null))
    const heights = cloudHeights(counts, needed, BOX)
    const total = heights.reduce((sum, height) => sum + height, 0) + (k - 1) * cloudGap(BOX, k)
    assertClose(total, BOX.height, 1e-6)
    assert.ok(heights.every((height) => height > 0))
  }
})

test("an expanded cloud has the height it needs, as far as the others keep their least", () => {
  assertClose(cloudHeights([5, 5, 5], [null, 300, null], BOX)[1], 300)
  const heights = cloudHeights([5, 5, 5], [null, 5000, null], BOX)
  const least = leastHeight(BOX, 3)
  assertClose([heights[0], heights[2]], [least, least], 1e-6)
})
