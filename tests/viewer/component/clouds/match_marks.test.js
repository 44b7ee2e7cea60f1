import assert from "node:assert/strict"
import {test} from "node:test"

import {matchBoxes, pairNumber, takeMatchLegend} from "../../../../viewer/component/clouds/match_marks.js"

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
  const column = {height: 100, width: 100}
  takeMatchLegend(column, {})
  assert.deepEqual(column, {height: 100, width: 100})
  takeMatchLegend(column, {legend: ["words in common"]})
  assert.ok(column.height < 100)
})

test("a pair has one number, outside the bars, in the room that the clouds leave; others a dash", () => {
  const column = {height: 100, width: 100}
  takeMatchLegend(column, {legend: ["words in common"]})
  for (const mirrored of [false, true]) {
    const {track} = matchBoxes(column, 0.25, mirrored)
    const {text, x, y} = pairNumber(column, 6, 0.25, mirrored)
    assert.equal(text, "7")
    assert.ok(y > 0 && y < column.height)
    assert.ok(mirrored ? x < track.x : x > track.x + track.width)
    // Two digits are 13 pixels; 12 more are free next to every column.
    assert.ok(mirrored ? x - 13 > column.width - 100 - 12 : x + 13 < 100 + 12)
    assert.equal(pairNumber(column, 6, NaN, mirrored).text, "–")
  }
})
