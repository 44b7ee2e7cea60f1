import assert from "node:assert/strict"
import {test} from "node:test"

import {arrangeClouds, wordsByCluster} from "../../../../viewer/component/clouds/cloud_column.js"
import {arcLeft} from "../../../../viewer/component/scene/layout.js"
import {ASCENT, DESCENT} from "../../../../viewer/component/scene/text.js"
import {assertApart, assertClose, integer, measure, randomNumbers, range} from "../support.js"

const BOX = {left: 600, top: 34, height: 760, width: 275, sagitta: 48}
const LETTERS = "abcdefghijklmnopqrstuvwxyz"

/** Words by cluster: random lengths and strengths, dealt out one after another. */
function madeUp(count, k, seed) {
  const random = randomNumbers(seed)
  const text = () => range(integer(random, 1, 14)).map(() => LETTERS[integer(random, 0, 25)]).join("")
  const words = range(count).map((id) => ({id, text: text(), strength: random()}))
  return range(k).map((cluster) => words.filter(({id}) => id % k === cluster)
    .sort((a, b) => b.strength - a.strength))
}

function arrange(words, {asked = 0, selected = [], grown = []} = {}) {
  return arrangeClouds(words, BOX, {asked, selected, grown: new Set(grown), measure})
}

/** No word overlaps another, leaves its cloud, or covers the count in its corner. */
function assertTidy({width, height, content, folded, words}) {
  const bottom = Math.max(height, content)
  const boxes = words.map(({x, y, width: wide, size}) => (
    {left: x, top: y - size * ASCENT, right: x + wide, bottom: y + size * DESCENT}))
  const corner = {left: width - 30, top: height - 14, right: width, bottom: height}
  assertApart(folded ? [...boxes, corner] : boxes)
  for (const box of boxes) {
    assert.ok(box.left >= 0 && box.top >= 0)
    assert.ok(box.right <= width + 1e-6 && box.bottom <= bottom + 0.01)
  }
}

for (const count of [300, 1000]) {
  test(`${count} words in 2 to 20 clouds: none overlaps, is cut, or is counted twice`, () => {
    for (let k = 2; k <= 20; k += 1) {
      const words = madeUp(count, k, count + k)
      const choices = [{}, ...(k % 9 === 2 ? [{asked: 5}, {asked: 80}, {grown: [k >> 1]}] : [])]
      for (const choice of choices) {
        arrange(words, choice).forEach((cloud, cluster) => {
          assertTidy(cloud)
          assert.equal(cloud.count, words[cluster].length)
          assert.equal(cloud.words.length + cloud.folded, cloud.count)
          assert.ok(cloud.words.length > 0)
          assert.ok(!choice.asked || cloud.words.length <= choice.asked)
        })
      }
    }
  })
}

test("no cloud's middle is so low that a link to it would cross the legend", () => {
  for (let k = 2; k <= 20; k += 1) {
    for (const grown of [[], [0]]) {
      const box = {...BOX, lowest: 730}
      const clouds = arrangeClouds(madeUp(400, k, k), box, {asked: 0, selected: [], grown: new Set(grown), measure})
      const {y, height} = clouds.at(-1)
      assert.ok(y + height / 2 <= 731)
      assert.ok(y + height > 730) // no shorter than needed
      clouds.forEach(assertTidy)
    }
  }
})

test("clouds follow each other down the arc", () => {
  const clouds = arrange(madeUp(200, 7, 1))
  assertApart(clouds.map(({y, height}) => ({left: 0, right: 1, top: y, bottom: y + height})))
  assertClose([clouds[0].y, clouds.at(-1).y + clouds.at(-1).height], [34, 794], 1e-6)
  for (const {x, y, height} of clouds) assertClose(x, arcLeft(BOX, y + height / 2))
})

test("selected words are always shown", () => {
  const words = madeUp(1000, 10, 3)
  const selected = words.flatMap((members) => members.slice(-1).map(({id}) => id))
  const shown = arrange(words, {selected}).flatMap((cloud) => cloud.words.map(({id}) => id))
  assert.ok(selected.every((id) => shown.includes(id)))
})

test("the first expanded cloud shows all its words, further ones as far as they fit", () => {
  const words = madeUp(600, 6, 5)
  const clouds = arrange(words, {grown: [4, 0, 1, 2, 3, 5]})
  assert.ok(clouds[4].grown)
  assert.equal(clouds[4].words.length, 100)
  assert.ok(clouds.some(({grown}) => !grown))
  const small = arrange(madeUp(30, 6, 5), {grown: [4, 0]})
  assert.deepEqual(small.map(({grown}) => grown), [true, false, false, false, true, false])
})

test("words are sorted into their clusters by falling strength", () => {
  const vocabulary = {ids: [7, 8, 9, 12], words: ["a", "b", "c", "d"]}
  const clusters = {k: 3, word_cluster: [0, 2, 0, 0], size: [0.1, 0.9, 0.5, 0.3]}
  const words = wordsByCluster(vocabulary, clusters)
  assert.deepEqual(words.map((members) => members.map(({id}) => id)), [[9, 12, 7], [], [8]])
  assert.deepEqual(words[2], [{id: 8, text: "b", strength: 0.9}])
})
