import assert from "node:assert/strict"
import {test} from "node:test"

import * as layout from "../../../../viewer/component/sentence/sentence_layout.js"
import {assertApart, range} from "../support.js"

const BOX = {left: 12, top: 34, width: 400, height: 700}
const PART = {top: 50, height: 340}
const ROWS = layout.layRows(100, PART, null)

function edges({left, top, width, height}) {
  return {left, top, right: left + width, bottom: top + height}
}

test("panes neither overlap nor leave their box", () => {
  for (const arrangement of ["side by side", "stacked"]) {
    for (let count = 1; count <= 6; count += 1) {
      const boxes = layout.paneBoxes(count, BOX, arrangement).map(edges)
      assert.equal(boxes.length, count)
      assertApart(boxes)
      for (const {left, top, right, bottom} of boxes) {
        assert.ok(left >= 12 && top >= 34 && right <= 412.001 && bottom <= 734.001)
      }
    }
  }
  assert.deepEqual([1, 2, 3, 4].map((n) => layout.columnsOf(n, "")), [1, 2, 2, 2])
  assert.equal(layout.columnsOf(3, "stacked"), 1)
})

test("strip, words and glyphs stand in this order, or from right to left", () => {
  for (const mirrored of [false, true]) {
    const {strip, words, glyph, top, height} = layout.partsOf(BOX, 20, mirrored)
    const start = mirrored ? words.x : words.x - words.width
    const spans = [[strip.x, strip.x + strip.width], [start, start + words.width],
      [glyph.x, glyph.x + glyph.width]]
    const ordered = mirrored ? spans.reverse() : spans
    assert.ok(ordered.every(([low, high]) => low >= 12 && low < high && high <= 412))
    assert.ok(ordered.every(([low], i) => i === 0 || ordered[i - 1][1] <= low))
    assert.deepEqual([top, height], [54, 680])
  }
})

test("100 words of 34 pixels in 340: ten rows are in view", () => {
  assert.deepEqual([ROWS.row, ROWS.content, ROWS.from, ROWS.to], [34, 3400, 0, 99])
  assert.deepEqual(layout.visibleRows(ROWS, 0), {from: 0, to: 9})
  assert.deepEqual(layout.visibleRows(ROWS, -51), {from: 1, to: 11})
  assert.equal(layout.clampScroll(ROWS, -10_000), -3060)
  assert.equal(layout.clampScroll(ROWS, 5), 0)
  assert.equal(layout.rowTop(ROWS, 2, -34), 84)
  assert.equal(layout.scrollTo(ROWS, 99, 0), -3060)
  assert.equal(layout.scrollTo(ROWS, 5, 0), 0)
})

test("a zoomed stretch has higher rows, numbered as in the sentence", () => {
  const rows = layout.layRows(100, PART, {from: 3, to: 4})
  assert.deepEqual([rows.row, rows.content], [150, 300])
  assert.equal(layout.positionAt(rows, 51, 0), 3)
  assert.equal(layout.positionAt(rows, 349, 0), 4)
  assert.equal(layout.positionAt(rows, 351, 0), null)
  assert.deepEqual(layout.visibleRows(rows, 0), {from: 3, to: 4})
  const low = layout.layRows(100, {top: 0, height: 200}, {from: 3, to: 9})
  assert.ok(layout.scrollTo(low, 3, -38) === 0)
  assert.equal(layout.scrollTo(low, 9, 0), 200 - 7 * low.row)
})

test("the word at a height", () => {
  assert.equal(layout.positionAt(ROWS, 50 + 40, -34), 2)
  assert.equal(layout.positionAt(ROWS, 49, -34), null)
  assert.equal(layout.positionAt(ROWS, 390, -34), null)
  for (const position of range(10)) {
    const top = layout.rowTop(ROWS, position, 0)
    assert.equal(layout.positionAt(ROWS, top, 0), position)
    assert.equal(layout.positionAt(ROWS, top + 33.9, 0), position)
  }
})

test("scrolling to any word brings its whole row into view", () => {
  for (const start of [0, -1000, -3060]) {
    for (const position of range(100)) {
      const scrolled = layout.scrollTo(ROWS, position, start)
      const top = layout.rowTop(ROWS, position, scrolled)
      assert.ok(top >= 50 && top + 34 <= 390)
    }
  }
})

test("the strip stands for the whole sentence", () => {
  assert.equal(layout.positionOnStrip(100, PART, 50 + 170), 50)
  assert.equal(layout.positionOnStrip(100, PART, 0), 0)
  assert.equal(layout.positionOnStrip(100, PART, 9999), 99)
})

test("the cluster of a glyph at an x", () => {
  const at = (x) => layout.clusterAt({x: 100, width: 50}, 5, x)
  assert.deepEqual([99, 100, 109.9, 110, 149, 150].map(at), [null, 0, 0, 1, 4, null])
})
