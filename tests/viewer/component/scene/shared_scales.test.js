import assert from "node:assert/strict"
import {test} from "node:test"

import {SCALES} from "../../../../viewer/component/scene/shared_scales.js"

test("panes share the largest value, and the others redraw when it changes", () => {
  const {clip: scale} = SCALES
  const redrawn = []
  const note = (pane, value) => scale.note(pane, value, (other) => redrawn.push(other))
  assert.equal(scale.largest, 0)
  note("left", 2)
  note("right", 3)
  assert.equal(scale.largest, 3)
  assert.deepEqual(redrawn, ["left"])
  note("left", 1)
  assert.deepEqual(redrawn, ["left"])
  note("right", null)
  assert.equal(scale.largest, 1)
  assert.deepEqual(redrawn, ["left", "left"])
  note("left", null)
  assert.equal(scale.largest, 0)
})
