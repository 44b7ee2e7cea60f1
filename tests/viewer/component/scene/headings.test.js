import assert from "node:assert/strict"
import {test} from "node:test"

import {headings, placeHeads} from "../../../../viewer/component/scene/headings.js"
import {frameOf} from "../../../../viewer/component/scene/layout.js"
import {mirrored} from "../../../../viewer/component/scene/mirror.js"
import {measure} from "../support.js"

const DIRECTIONS = {units: 5, sizes: [1, 0, 9], counts: [10, 4, 0], kind: "directions", sizedBy: "strength"}

test("units, directions and words are counted, and empty chips and clouds are mentioned", () => {
  const {chips, clouds} = headings(DIRECTIONS)
  assert.deepEqual(chips, ["5 units, 10 directions in 2 chips (1 empty)",
    "10 directions in 2 chips (1 empty)", "2 chips (1 empty)"])
  assert.equal(clouds[0], "14 words in 2 clouds (1 empty), sized by the strength of their response")
  assert.equal(clouds.at(-2), "14 words in 2 clouds (1 empty)")
  assert.equal(clouds.at(-1), "2 clouds (1 empty)")
  const whole = headings({units: 2000, sizes: [1000, 1000], counts: [1000, 4], kind: "units", sizedBy: "count"})
  assert.deepEqual(whole.chips, ["2,000 units in 2 chips", "2 chips"])
  const single = headings({units: 1, sizes: [2, 0], counts: [1, 0], kind: "directions", sizedBy: "count"})
  assert.equal(single.chips[0], "1 unit, 2 directions in 1 chip (1 empty)")
  assert.equal(single.clouds.at(-2), "1 word in 1 cloud (1 empty)")
  assert.equal(whole.clouds[0], "1,004 words in 2 clouds, sized by how often they occur")
})

test("headings say as much as there is room for, apart from each other and from the menu", () => {
  const forms = headings({units: 600, sizes: [800, 400], counts: [400, 100], kind: "directions", sizedBy: "strength"})
  const lengths = [500, 620, 930, 1400].map((width) => {
    const frame = frameOf(width, 800)
    for (const each of [frame, mirrored({frame, packing: {chips: []}, clouds: []}).frame]) {
      const boxes = placeHeads(forms, each, measure).map(({text, x}) => {
        const half = measure(text, 11.5) / 2
        return [x - half, x + half]
      }).sort((a, b) => a[0] - b[0])
      assert.ok(boxes[0][1] < boxes[1][0])
      const end = each.mirrored ? boxes[0][0] : width - boxes[1][1]
      if (width > 600) assert.ok(end > 60)
    }
    return placeHeads(forms, frame, measure)[1].text.length
  })
  assert.deepEqual(lengths, lengths.toSorted((a, b) => a - b))
  assert.ok(lengths.at(-1) > lengths[0])
})
