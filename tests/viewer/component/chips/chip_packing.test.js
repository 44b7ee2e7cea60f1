import assert from "node:assert/strict"
import {test} from "node:test"

import {cellAt, cellRect, cellsByCluster, cellTriangle, orient, packChips} from "../../../../viewer/component/chips/chip_packing.js"
import {assertApart, assertClose, randomNumbers, range} from "../support.js"

const LAYOUTS = ["equal heights", "equal widths"]
const BOX = {axis: 200, top: 34, height: 748, width: 360}
const SIZES = [[1], [0, 1, 40], Array(20).fill(7), [...Array(19).fill(1), 1981], Array(20).fill(100)]

function boxOf({x, y, side, width = side, height = side}) {
  return {left: x, top: y, right: x + width, bottom: y + height}
}

test("chips of equal widths, by hand", () => {
  // Room for cells 17 wide: 6 columns in 120 - 2·padding; sizes 3, 8 and 14 take 1, 2 and 3 rows.
  const packed = packChips([3, 8, 14], {axis: 100, top: 10, height: 200, width: 120}, "equal widths")
  const padding = (0.09 * 200) / 3
  assert.deepEqual([packed.pitch, packed.line, packed.down], [17, 6, false])
  const extent = (cells) => (cells - 0.16) * 17 + 2 * padding
  const heights = [1, 2, 3].map(extent)
  assertClose(packed.chips.map(({width}) => width), Array(3).fill(extent(6)))
  assertClose(packed.chips.map(({height}) => height), heights)
  const free = (200 - heights.reduce((sum, height) => sum + height, 0)) / 3
  assertClose(packed.chips[1].y - packed.chips[0].y - heights[0], free)
  assertClose(packed.chips[0].y, 10 + free / 2)
})

for (const layout of LAYOUTS) {
  test(`${layout}: chips keep apart within their box, centred on the axis`, () => {
    for (const sizes of SIZES) {
      const {chips} = packChips(sizes, BOX, layout)
      assert.deepEqual(chips.map(({size}) => size), sizes)
      assertApart(chips.map(boxOf))
      for (const {x, y, width, height} of chips) {
        assertClose(x + width / 2, BOX.axis, 1e-6)
        assert.ok(y >= BOX.top - 1e-6 && y + height <= BOX.top + BOX.height + 1e-6)
        if (Math.max(...sizes) < 1000) assert.ok(width <= BOX.width + 1e-6)
      }
    }
  })

  test(`${layout}: every unit has a cell of its own in its chip, where it is found`, () => {
    for (const sizes of SIZES) {
      const packed = packChips(sizes, BOX, layout)
      for (const chip of packed.chips) {
        const cells = range(Math.min(chip.size, 60)).map((i) => cellRect(packed, chip, i))
        assertApart(cells.map(boxOf))
        const chipBox = boxOf(chip)
        cells.forEach((cell, i) => {
          const {left, top, right, bottom} = boxOf(cell)
          assert.ok(left > chipBox.left && top > chipBox.top)
          assert.ok(right < chipBox.right && bottom < chipBox.bottom)
          assert.equal(cellAt(packed, chip, (left + right) / 2, (top + bottom) / 2), i)
        })
      }
    }
  })

  test(`${layout}: a point anywhere in or around a chip finds the cell whose pitch holds it`, () => {
    const random = randomNumbers(5)
    const packed = packChips([3, 30, 47], BOX, layout)
    for (const chip of packed.chips) {
      const cells = range(chip.size).map((i) => cellRect(packed, chip, i))
      for (let n = 0; n < 600; n += 1) {
        const x = chip.x - 20 + random() * (chip.width + 40)
        const y = chip.y - 20 + random() * (chip.height + 40)
        const expected = cells.findIndex((cell) =>
          x >= cell.x && x < cell.x + packed.pitch && y >= cell.y && y < cell.y + packed.pitch)
        assert.equal(cellAt(packed, chip, x, y), expected)
      }
    }
  })
}

test("beyond the end of a line there is no cell, though the next line has one", () => {
  const chip = {x: 0, y: 0, size: 10}
  for (const down of [true, false]) {
    const packed = {pitch: 10, padding: 5, line: 4, down}
    const at = (along, across) => {
      const [x, y] = (down ? [across, along] : [along, across]).map((n) => 5 + 10 * n + 4)
      return cellAt(packed, chip, x, y)
    }
    assert.deepEqual([at(3, 0), at(4, 0), at(5, 1)], [3, -1, -1])
    assert.deepEqual([at(0, 1), at(1, 2), at(2, 2), at(0, 3)], [4, 9, -1, -1])
    assert.deepEqual([at(-1, 1), at(1, -1)], [-1, -1])
  }
})

test("the gap after a cell belongs to it, and the padding before the first to none", () => {
  const [packed, chip] = [{pitch: 10, padding: 5, line: 4, down: true}, {x: 0, y: 0, size: 8}]
  assert.equal(cellRect(packed, chip, 0).side, 8.4)
  assert.equal(cellAt(packed, chip, 14.9, 14.9), 0)
  assert.equal(cellAt(packed, chip, 15, 14.9), 4)
  assert.equal(cellAt(packed, chip, 4.9, 8), -1)
})

test("every cell is in its cluster, with its unit and direction, in the order of the cells", () => {
  const cells = cellsByCluster({
    k: 4, unit_cluster: Uint8Array.of(2, 0, 2, 2), unit: Uint8Array.of(5, 1, 0, 5),
    direction: Int8Array.of(1, -1, 0, -1),
  })
  assert.deepEqual(cells.map((members) => members.map(({unit, direction}) => [unit, direction])),
    [[[1, -1]], [], [[5, 1], [0, 0], [5, -1]], []])
})

test("a response is turned round for a falling direction only", () => {
  assert.deepEqual([1, 0, -1].map((direction) => orient(0.5, {direction})), [0.5, 0.5, -0.5])
})

test("a triangle fills its square and points the way of its direction", () => {
  const square = {x: 10, y: 20, side: 8}
  for (const direction of [1, -1]) {
    const [left, right, tip] = cellTriangle({...square, direction})
    assert.equal(left[1], right[1])
    assert.equal(Math.sign(left[1] - tip[1]), direction)
    assertClose(tip[0], 14)
    for (const [x, y] of [left, right, tip]) assert.ok(x >= 10 && x <= 18 && y >= 20 && y <= 28)
  }
})

test("chips of thousands of cells stay within their column", () => {
  const sizes = Array.from({length: 20}, (_, i) => 60 + 37 * i) // 8,230 cells
  const box = {axis: 300, top: 0, height: 770, width: 200}
  for (const chip of packChips(sizes, box).chips) assert.ok(chip.width <= box.width, `${chip.width}`)
})
