import assert from "node:assert/strict"
import {test} from "node:test"

import {nextIndex} from "../../../../viewer/component/panels/combobox.js"

test("arrows lead through the offers and the line itself, round and round", () => {
  const walk = (step) => [0, 1, 2, 3].reduce((seen) => [...seen, nextIndex(seen.at(-1), step, 3)], [-1])
  assert.deepEqual(walk(1), [-1, 0, 1, 2, -1])
  assert.deepEqual(walk(-1), [-1, 2, 1, 0, -1])
})
