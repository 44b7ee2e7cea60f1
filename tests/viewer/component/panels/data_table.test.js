import assert from "node:assert/strict"
import {test} from "node:test"

import {
  arranged, arrangement, compare, meets, rowsOf, written,
} from "../../../../viewer/component/panels/data_table.js"

const COLUMNS = [{title: "word", values: ["a", "b"]}, {title: "count", values: [7, null]}]

test("a value is written as its column asks", () => {
  assert.equal(written(1234, "count"), "1,234")
  assert.equal(written(-0.01239, "number"), "−0.0124")
  assert.equal(written(0.874, "fraction"), "87 %")
  assert.equal(written("she", "text"), "she")
  assert.equal(written(null, "number"), "")
})

test("a filter is a bound of numbers or a part of a text", () => {
  assert.ok(meets(">5", 6, "count") && !meets("> 5", 5, "count") && meets(">=5", 5, "count"))
  assert.ok(meets("<50 %", 0.49, "fraction") && !meets("<= 50%", 0.51, "fraction"))
  assert.ok(meets("SH", "she", "text") && !meets(">5", "she", "text"))
  assert.ok(meets("1,2", 1234, "count") && !meets(">5", null, "count"))
})

test("missing values come last in either order", () => {
  const sorted = (way) => [3, null, 1].sort((a, b) => (way === "asc" ? 1 : -1) * compare(a, b, way))
  assert.deepEqual(sorted("asc"), [1, 3, null])
  assert.deepEqual(sorted("desc"), [3, 1, null])
})

test("a row has its place, what it stands for, and its values", () => {
  assert.deepEqual(rowsOf({ids: [4, 9], columns: COLUMNS}),
    [{row: 0, id: 4, c0: "a", c1: 7}, {row: 1, id: 9, c0: "b", c1: null}])
})

test("an arrangement survives the address, but for columns that are gone", () => {
  const text = arrangement([{field: "c1", dir: "desc"}], [{field: "c0", value: "x"}], COLUMNS)
  assert.equal(text, '{"sort":["count","desc"],"filter":{"word":"x"}}')
  assert.deepEqual(arranged(text, COLUMNS), {
    initialSort: [{column: "c1", dir: "desc"}], initialHeaderFilter: [{field: "c0", value: "x"}],
  })
  assert.deepEqual(arranged(text, COLUMNS.slice(0, 0)), {initialSort: [], initialHeaderFilter: []})
  assert.equal(arrangement([], [], COLUMNS), "")
})
