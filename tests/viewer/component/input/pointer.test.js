import assert from "node:assert/strict"
import {test} from "node:test"

import {isAtRest} from "../../../../viewer/component/input/pointer.js"

test("what moves under a pointer at rest after a click is no hover", () => {
  const at = (clientX, clientY) => ({clientX, clientY})
  assert.ok(isAtRest({x: 3, y: 4}, at(3, 4)))
  assert.ok(!isAtRest({x: 3, y: 4}, at(3, 5)))
  assert.ok(!isAtRest(null, at(3, 4)))
})
