import assert from "node:assert/strict"
import {test} from "node:test"

import {selectedBy, withCells, withValues} from "../../../viewer/component/index.js"

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
  assert.deepEqual([...withCells(sent).direction], [1, -1, 1, 1, 1, 1, 1, -1, -1])
  assert.deepEqual([...withCells({...sent, directed: false}).direction], Array(9).fill(0))
  assert.equal(withCells({}).direction.length, 0)
})

test("a response may come in steps", () => {
  const sent = {word: "she", values: Int16Array.of(-4, 1), scale: 0.25}
  assert.deepEqual(withValues(sent), {word: "she", values: Float32Array.of(-1, 0.25)})
  const exact = {word: "she", values: Float32Array.of(1)}
  assert.deepEqual(withValues(exact), exact)
  assert.deepEqual(withValues({}), {})
})

test("the cells of a cluster follow one another, of an empty one there is none", () => {
  const sent = {cells: Uint8Array.of(2, 0, 3), unit: Uint8Array.of(4, 1, 0, 2, 3), directed: false}
  assert.deepEqual([...withCells(sent).unit_cluster], [0, 0, 2, 2, 2])
})
