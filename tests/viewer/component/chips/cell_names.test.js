import assert from "node:assert/strict"
import {test} from "node:test"

import {cellKind, cellName, legendTitles} from "../../../../viewer/component/chips/cell_names.js"

test("cells are directions or whole units", () => {
  assert.equal(cellKind({direction: Int8Array.of(1, -1)}), "directions")
  assert.equal(cellKind({direction: Int8Array.of(0, 0)}), "units")
  assert.deepEqual([1, -1, 0].map((direction) => cellName({unit: 17, direction})),
    ["unit 17 ▲ rising", "unit 17 ▼ falling", "unit 17"])
})

test("the title of the colours of whole units", () => {
  assert.deepEqual(legendTitles({word: "she"}, "units"), ["response to “she”"])
  assert.deepEqual(legendTitles({word: "she", step: true}, "units"), ["effect of “she” at this step"])
})

test("the title of the colours of directions, in forms of falling length", () => {
  const [mean, step] = [{word: "she"}, {word: "she", step: true}].map(
    (response) => legendTitles(response, "directions"))
  assert.equal(mean[0], "▲ unit that rises, ▼ falls; orange: “she” drives it that way")
  assert.equal(step[0], "▲ unit that rises, ▼ falls; orange: “she” drove it that way at this step")
  for (const forms of [mean, step]) {
    assert.ok(forms.every((form) => form.includes("“she”") && form.startsWith("▲")))
    assert.deepEqual(forms, forms.toSorted((a, b) => b.length - a.length))
  }
})
