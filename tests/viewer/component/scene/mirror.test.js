import assert from "node:assert/strict"
import {test} from "node:test"

import {behind, frontEdge, mirrorBox, mirrored} from "../../../../viewer/component/scene/mirror.js"

test("the mirror image of a layout", () => {
  const frame = {
    width: 600, height: 500, legend: {x: 260, y: 450}, sentence: {left: 12, width: 150},
    chips: {axis: 250, top: 34}, clouds: {left: 380, width: 180, sagitta: 28},
  }
  const given = {
    frame, links: [], packing: {pitch: 9, chips: [{x: 200, y: 40, width: 100}]},
    clouds: [{x: 400, y: 34, width: 180, words: ["a"]}],
  }
  assert.deepEqual(mirrored(given), {
    frame: {
      ...frame, mirrored: true, sentence: {left: 438, width: 150},
      legend: {x: 340, y: 450}, chips: {axis: 350, top: 34},
      clouds: {left: 12, width: 180, sagitta: 28},
    },
    packing: {pitch: 9, chips: [{x: 300, y: 40, width: 100}]},
    clouds: [{x: 20, y: 34, width: 180, words: ["a"]}],
  })
})

test("twice mirrored is as before", () => {
  const box = {x: 17, y: 3, width: 40}
  assert.deepEqual(mirrorBox(mirrorBox(box, 600), 600), box)
})

test("the edges of a box", () => {
  const box = {x: 100, width: 40}
  assert.deepEqual([frontEdge(box, false), behind(box, 7, false)], [140, 93])
  assert.deepEqual([frontEdge(box, true), behind(box, 7, true)], [100, 147])
})
