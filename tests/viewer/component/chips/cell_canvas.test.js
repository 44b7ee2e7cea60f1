import assert from "node:assert/strict"
import {test} from "node:test"

import {cellMarks, paintCells} from "../../../../viewer/component/chips/cell_canvas.js"
import {packChips} from "../../../../viewer/component/chips/chip_packing.js"

const PACKING = packChips([2, 1], {axis: 100, top: 0, height: 200, width: 100})
const whole = (...units) => units.map((unit) => ({unit, direction: 0}))
const SCENE = {
  packing: PACKING, cells: [whole(4, 0), whole(2)], values: {4: -1, 0: 0, 2: 5}, clip: 1,
  ramp: ["blue", "grey", "orange"], style: {"ink": "ink", "positive": "up", "ink-3": "pale", "line": "line"},
  outlined: [2], pointed: null,
  cursor: {cluster: 0, index: 1}, faint: (cluster) => cluster === 1, frame: {height: 200}, density: 2,
}

test("every unit has its colour, dimmed with its chip; outlines come last", () => {
  const marks = cellMarks(SCENE)
  assert.deepEqual(marks.map(({fill, stroke, opacity}) => [fill ?? stroke, opacity]),
    [["blue", 1], ["grey", 1], ["orange", 0.45], ["up", 1], ["ink", 1]])
  assert.deepEqual([marks[4].x, marks[4].side], [marks[2].x - 1, marks[2].side + 2])
})

test("a direction is a triangle on its ground, orange where the response goes its way", () => {
  const cells = [[{unit: 4, direction: 1}, {unit: 0, direction: -1}], [{unit: 4, direction: -1}]]
  const marks = cellMarks({...SCENE, cells, outlined: [], cursor: null, faint: () => false})
  assert.deepEqual(marks.map(({direction, fill}) => [direction, fill]), [
    [0, "grey"], [0, "grey"], [0, "grey"], [1, "blue"], [-1, "grey"], [-1, "orange"]])
  const resting = cellMarks({...SCENE, cells, values: undefined, outlined: [], cursor: null})
  assert.deepEqual(resting.slice(3).map(({fill}) => fill), ["line", "line", "line"])
})

test("directions of many units, too small to be triangles, are squares without a ground", () => {
  const directions = Array.from({length: 9000}, (_, i) => ({unit: 4, direction: i % 2 ? 1 : -1}))
  const packing = packChips([9000, 1], {axis: 100, top: 0, height: 700, width: 200})
  const cells = [directions, [{unit: 4, direction: 1}]]
  const marks = cellMarks({...SCENE, packing, cells, outlined: [], cursor: null, faint: () => false})
  assert.equal(marks.length, 9001)
  assert.deepEqual(marks.slice(0, 2).map(({direction, fill}) => [direction, fill]),
    [[0, "orange"], [0, "blue"]])
})

test("a measure of the units is not oriented; a unit without one rests", () => {
  const cells = [[{unit: 4, direction: 1}, {unit: 4, direction: -1}], [{unit: 2, direction: -1}]]
  const changes = {cells, values: {4: 5, 2: NaN}, measured: true, outlined: [], cursor: null}
  const marks = cellMarks({...SCENE, ...changes})
  assert.deepEqual(marks.slice(3).map(({fill}) => fill), ["orange", "orange", "grey"])
})

test("both directions of a unit are outlined: of the selected one, and of the one pointed at", () => {
  const cells = [[{unit: 4, direction: 1}, {unit: 0, direction: -1}], [{unit: 4, direction: -1}]]
  const outlines = (changes) => cellMarks({...SCENE, cells, cursor: null, outlined: [], ...changes})
    .filter(({stroke}) => stroke).map(({x, stroke}) => [stroke, Math.round(x)])
  const [selected, pointed] = [outlines({outlined: [4]}), outlines({pointed: 4})]
  assert.deepEqual(selected.map(([stroke]) => stroke), ["ink", "ink"])
  assert.deepEqual(pointed.map(([stroke]) => stroke), ["pale", "pale"])
  assert.deepEqual(selected.map(([, x]) => x), pointed.map(([, x]) => x))
})

test("without a response all units rest", () => {
  const marks = cellMarks({...SCENE, values: undefined, outlined: [], cursor: null})
  assert.deepEqual(marks.map(({fill}) => fill), ["grey", "grey", "grey"])
})

test("the canvas covers the chips at the screen's density, and is resized only when that changes", () => {
  const resized = []
  const calls = []
  const context = new Proxy({}, {
    get: (_, name) => (...given) => calls.push([name, ...given]), set: () => true,
  })
  const canvas = {
    style: {}, getContext: () => context, size: {},
    get width() { return this.size.width },
    set width(width) { this.size.width = width; resized.push(width) },
    get height() { return this.size.height },
    set height(height) { this.size.height = height },
  }
  const directed = {...SCENE, cells: [whole(4, 0), [{unit: 2, direction: -1}]]}
  paintCells(canvas, SCENE)
  paintCells(canvas, directed)
  const left = parseFloat(canvas.style.left)
  const right = left + parseFloat(canvas.style.width)
  assert.ok(PACKING.chips.every(({x, width}) => left < x && x + width < right))
  assert.deepEqual([canvas.size.width, canvas.size.height], [2 * (right - left), 400])
  assert.equal(resized.length, 1)
  const named = (name) => calls.filter(([called]) => called === name)
  assert.equal(named("fillRect").length, 6)
  assert.equal(named("strokeRect").length, 4)
  const [[, , base], [, , other], [, , tip]] = [...named("moveTo"), ...named("lineTo")]
  assert.ok(base === other && tip > base)
  assert.deepEqual(named("setTransform")[0], ["setTransform", 2, 0, 0, 2, -2 * left, 0])
})
