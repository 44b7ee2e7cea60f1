import assert from "node:assert/strict"
import {test} from "node:test"

import {BULLET_ROOM, bulletMarks, bulletScale} from "../../../../viewer/component/chips/bullets.js"
import {assertClose} from "../support.js"

const CHIP = {x: 100, y: 40, width: 50, height: 30}
const COSTS = {
  costs: Float32Array.of(0.5, NaN, -0.125), lows: Float32Array.of(0, NaN, -0.25),
  highs: Float32Array.of(0.25, NaN, 0.125),
}

test("all bullets of a view have one scale, with zero on it", () => {
  assert.deepEqual(bulletScale(COSTS), {low: -0.25, high: 0.5})
  assert.deepEqual(bulletScale({costs: [0.5], lows: [0.25], highs: [1]}), {low: 0, high: 1})
  assert.deepEqual(bulletScale({costs: [NaN], lows: [NaN], highs: [NaN]}), {low: 0, high: 0})
})

test("the bar spans the random sets and the tick is the chip's cost, between chip and link", () => {
  for (const mirrored of [false, true]) {
    const [edge, end] = mirrored ? [100, 100 - BULLET_ROOM] : [150, 150 + BULLET_ROOM]
    for (const cluster of [0, 2]) {
      const {track, range, tick} = bulletMarks(CHIP, cluster, COSTS, mirrored)
      const at = (value) => track.x + ((value + 0.25) / 0.75) * track.width
      assertClose([range.x, range.x + range.width], [COSTS.lows, COSTS.highs].map((ends) => at(ends[cluster])))
      assertClose(tick.x + tick.width / 2, at(COSTS.costs[cluster]))
      for (const {x, y, width, height} of [track, range, tick]) {
        assert.ok(x > Math.min(edge, end) && x + width < Math.max(edge, end))
        assertClose(y + height / 2, 55)
      }
    }
  }
})

test("a chip that was not silenced has no bullet", () => {
  assert.equal(bulletMarks(CHIP, 1, COSTS, false), null)
  assert.equal(bulletMarks(CHIP, 0, {where: "", note: "why"}, false), null)
})
