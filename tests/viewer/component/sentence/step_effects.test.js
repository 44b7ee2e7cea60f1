import assert from "node:assert/strict"
import {test} from "node:test"

import {stepsOf, toggledSteps} from "../../../../viewer/component/input/selection.js"
import {alignRows, layRows, positionAt, rowTop, visibleRows} from "../../../../viewer/component/sentence/sentence_layout.js"
import {dashOf, effectBars, effectRows, linkSamples} from "../../../../viewer/component/sentence/step_effects.js"
import {assertClose} from "../support.js"

const sentence = (title, words, up, down) => ({
  title, words, k: 2, positive_change: up, negative_change: down,
})
const SENTENCES = [
  sentence("One", ["a", "though"], [1, 2, 3, 4], [0, 0, -1, -6]),
  sentence("Two", ["though"], [0.5, 1], [0, 0]),
  {title: "Unread", words: ["though"], k: 0},
]

test("rows of changes and their difference, by hand", () => {
  const rows = effectRows(SENTENCES, [[0, 1], [1, 0]])
  assert.deepEqual(rows.map(({name}) => name), ["“though”, One", "“though”, Two", "second less first"])
  assertClose(rows.flatMap(({values}) => Array.from(values)), [2, -2, 0.5, 1, -1.5, 3])
  assert.deepEqual(effectRows(SENTENCES, [[0, 1]]), [])
  assert.deepEqual(effectRows(SENTENCES, [[0, 1], [2, 0], [1, 7]]), [])
})

test("each step shows how its links are drawn, a difference has none", () => {
  const rows = effectRows(SENTENCES, [[0, 1], [1, 0]])
  assert.deepEqual(linkSamples(rows).map((link) => link?.["stroke-dasharray"]), [null, dashOf(true), undefined])
  assert.notEqual(dashOf(true), dashOf(false))
})

test("bars grow up or down from zero, no farther than the row", () => {
  const bars = effectBars({values: [2, -1]}, {x: 10, width: 40, zero: 100, half: 8}, 2)
  assert.deepEqual(bars.map(({sign, y, height}) => [sign, y, height]),
    [["positive", 92, 8], ["negative", 100, 4]])
  assert.ok(bars[1].x >= 30 && bars[1].x + bars[1].width <= 50)
})

test("chosen words of aligned sentences are on one height, at any scroll", () => {
  const parts = [{top: 60, height: 300}, {top: 80, height: 280}]
  const rows = alignRows([layRows(12, parts[0], null), layRows(5, parts[1], {from: 1, to: 4})], [7, 2])
  for (const scrolled of [0, -50]) {
    assert.equal(rowTop(rows[0], 7, scrolled), rowTop(rows[1], 2, scrolled))
    rows.forEach((each, i) => {
      const top = rowTop(each, [7, 2][i], scrolled)
      assert.equal(positionAt(each, top + 1, scrolled), [7, 2][i])
    })
  }
  assert.deepEqual(rows.map(({lead}) => lead), [0, 6])
  assert.equal(rows[0].row, rows[1].row)
  assert.deepEqual([rows[0].top, rows[0].height], [80, 280])
  assert.equal(rows[0].content, rows[1].content)
  assert.equal(positionAt(rows[1], 81, 0), null)
  assert.equal(visibleRows(rows[1], 0).from, 1)
})

test("a step more takes the place of its sentence's, or leaves; the first stays", () => {
  assert.deepEqual(stepsOf({step: null, other_steps: [[1, 1]]}), [])
  assert.deepEqual(toggledSteps([[0, 1]], [1, 2], 3), [[0, 1], [1, 2]])
  assert.deepEqual(toggledSteps([[0, 1], [1, 2]], [1, 3], 3), [[0, 1], [1, 3]])
  assert.deepEqual(toggledSteps([[0, 1], [1, 2]], [0, 1], 3), [[1, 2]])
  assert.deepEqual(toggledSteps([[0, 1], [1, 2], [2, 0]], [3, 0], 3), [[0, 1], [2, 0], [3, 0]])
})
