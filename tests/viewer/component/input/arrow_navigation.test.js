import assert from "node:assert/strict"
import {test} from "node:test"

import {firstWord, nextCell, nextCluster, nextWord} from "../../../../viewer/component/input/arrow_navigation.js"

const WORDS = [[50, 30], [10, 31], [90, 29], [20, 60], [60, 61]]
  .map(([x, y]) => ({x, y, width: 20, size: 12}))
const BACK = {ArrowLeft: "ArrowRight", ArrowRight: "ArrowLeft", ArrowUp: "ArrowDown", ArrowDown: "ArrowUp"}

test("ten cells in columns of four: 0-3, 4-7, 8-9", () => {
  const after = (index, key) => nextCell({line: 4, down: true}, 10, index, key)
  const cases = [[0, "ArrowDown", 1], [1, "ArrowRight", 5], [5, "ArrowLeft", 1], [3, "ArrowDown", 3],
    [4, "ArrowUp", 4], [0, "ArrowLeft", 0], [7, "ArrowRight", 7], [8, "ArrowDown", 9], [9, "ArrowDown", 9]]
  for (const [index, key, expected] of cases) assert.equal(after(index, key), expected)
})

test("ten cells in rows of four", () => {
  const after = (index, key) => nextCell({line: 4, down: false}, 10, index, key)
  const cases = [[0, "ArrowRight", 1], [3, "ArrowRight", 3], [1, "ArrowDown", 5], [7, "ArrowDown", 7],
    [8, "ArrowUp", 4], [0, "ArrowUp", 0]]
  for (const [index, key, expected] of cases) assert.equal(after(index, key), expected)
})

test("a step to another cell can be taken back", () => {
  for (const down of [true, false]) {
    for (let index = 0; index < 10; index += 1) {
      for (const [key, back] of Object.entries(BACK)) {
        const next = nextCell({line: 4, down}, 10, index, key)
        assert.ok(next === index || nextCell({line: 4, down}, 10, next, back) === index)
      }
    }
  }
})

test("words are walked in reading order, lines by the nearest word", () => {
  const after = (key, ...indices) => indices.map((index) => nextWord(WORDS, index, key))
  assert.equal(firstWord(WORDS), 1)
  assert.deepEqual(after("ArrowRight", 1, 0, 2, 3, 4), [0, 2, 3, 4, 4])
  assert.deepEqual(after("ArrowLeft", 1, 0, 2, 3, 4), [1, 1, 0, 2, 3])
  assert.deepEqual(after("ArrowDown", 1, 0, 2), [3, 4, 4])
  assert.deepEqual(after("ArrowUp", 3, 4, 0), [1, 0, 0])
})

test("clusters of a column", () => {
  const after = (cluster, key) => nextCluster(5, cluster, key)
  assert.deepEqual([after(0, "ArrowUp"), after(0, "ArrowDown"), after(4, "ArrowDown")], [0, 1, 4])
  assert.deepEqual([after(2, "Home"), after(2, "End")], [0, 4])
})
