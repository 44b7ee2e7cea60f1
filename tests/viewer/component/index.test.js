import assert from "node:assert/strict"
import {test} from "node:test"

import {selectedBy} from "../../../viewer/component/index.js"

test("a click selects a word, with Shift one more, before the server answers", () => {
  const data = {selection: {words: [4, 5, 6]}, constants: {limits: {words: 3}}}
  assert.deepEqual(selectedBy({type: "word", word_id: 7}, data), [7])
  assert.deepEqual(selectedBy({type: "word", word_id: null}, data), [])
  assert.deepEqual(selectedBy({type: "add_word", word_id: 7}, data), [4, 6, 7])
  assert.deepEqual(selectedBy({type: "add_word", word_id: 5}, data), [4, 6])
})
