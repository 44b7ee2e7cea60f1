import assert from "node:assert/strict"
import {test} from "node:test"

import {selectedBy, withDirections} from "../../../viewer/component/index.js"

test("a click selects a word, with Shift one more, before the server answers", () => {
  const data = {selection: {words: [4, 5, 6]}, constants: {limits: {words: 3}}}
  assert.deepEqual(selectedBy({type: "word", word_id: 7}, data), [7])
  assert.deepEqual(selectedBy({type: "word", word_id: null}, data), [])
  assert.deepEqual(selectedBy({type: "add_word", word_id: 7}, data), [4, 6, 7])
  assert.deepEqual(selectedBy({type: "add_word", word_id: 5}, data), [4, 6])
})

test("the direction of a cell is a bit, of whole units there is none", () => {
  const unit = Int32Array.from({length: 9}, (_, i) => i)
  const falls = Uint8Array.of(0b01000001, 0b10000000)
  const sent = {directed: true, unit, falls}
  assert.deepEqual([...withDirections(sent).direction], [1, -1, 1, 1, 1, 1, 1, -1, -1])
  assert.deepEqual([...withDirections({...sent, directed: false}).direction], Array(9).fill(0))
  assert.equal(withDirections({}).direction.length, 0)
})
