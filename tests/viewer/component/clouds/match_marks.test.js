import assert from "node:assert/strict"
import {test} from "node:test"

import {matchBoxes, takeMatchLegend} from "../../../../viewer/component/clouds/match_marks.js"

test("a mark stands outside its cloud and is filled from below", () => {
  const cloud = {width: 100, height: 40}
  for (const mirrored of [false, true]) {
    const {track, fill} = matchBoxes(cloud, 0.25, mirrored)
    assert.ok(mirrored ? track.x + track.width <= 0 : track.x >= 100)
    assert.deepEqual([fill.x, fill.height, fill.y + fill.height], [track.x, 10, 40])
  }
  assert.equal(matchBoxes(cloud, NaN, false).fill.height, 0)
})

test("only a legend takes room from the clouds", () => {
  const column = {height: 100}
  takeMatchLegend(column, {})
  assert.equal(column.height, 100)
  takeMatchLegend(column, {legend: ["words in common"]})
  assert.ok(column.height < 100)
})
