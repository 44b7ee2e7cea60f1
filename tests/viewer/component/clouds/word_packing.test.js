import assert from "node:assert/strict"
import {test} from "node:test"

import {
  mostShown, neededHeight, packBoxes, packCloud, packWholeCloud,
} from "../../../../viewer/component/clouds/word_packing.js"
import {assertApart, assertClose, integer, measure, randomNumbers, range} from "../support.js"

const WORDS = range(30).map((i) => ({id: 100 + i, text: `word${i}`, strength: 1 - i / 30}))
const idsOf = (words) => words.map(({id}) => id)

test("a folded word that is selected moves no other word, and costs only the weakest", () => {
  for (const [width, height] of [[275, 60], [200, 120], [275, 28]]) {
    const shown = (selected) => packCloud(WORDS, {width, height}, measure, 0, selected).words
    const before = shown([])
    const folded = WORDS.filter(({id}) => !idsOf(before).includes(id)).map(({id}) => id)
    const after = shown(folded.slice(-2))
    assert.ok(folded.slice(-2).every((id) => idsOf(after).includes(id)))
    const stays = after.filter(({id}) => idsOf(before).includes(id))
    assert.deepEqual(stays, before.slice(0, stays.length))
    const again = shown([before[1].id])
    assert.deepEqual(again, before)
  }
})

test("words weaker than a quarter of the strongest wait for the expanded cloud", () => {
  const strengths = [1, 0.5, 0.25, 0.24, 0]
  const words = strengths.map((strength, id) => ({id, text: `w${id}`, strength}))
  assert.equal(mostShown(words, 0), 3)
  assert.equal(mostShown(words, 4), 4)
  assert.equal(mostShown(words, 9), 5)
  assert.equal(mostShown([], 0), 0)
  assert.equal(mostShown(words.slice(0, 2), 0), 2)
  const {words: shown, folded} = packCloud(words, {width: 260, height: 120}, measure, 0, [])
  assert.deepEqual([shown.length, folded], [3, 2])
  assert.equal(packWholeCloud(words, {width: 260, height: 120}, measure).words.length, 5)
})

test("a selected word is in its cloud, without more words than before", () => {
  const box = {width: 260, height: 120}
  const before = packCloud(WORDS, box, measure, 6, [])
  assert.equal(before.words.length, 6)
  const after = packCloud(WORDS, box, measure, 6, [129])
  assert.equal(after.words.length, 6)
  assert.deepEqual(new Set(idsOf(after.words)), new Set([100, 101, 102, 103, 104, 129]))
})

test("the first box is in the middle, the next as close to it as it can be", () => {
  const [first, second, third] = packBoxes(range(3).map(() => ({width: 20, height: 10})), 200, 50)
  assert.deepEqual(first, {x: 90, y: 20})
  assertClose([Math.abs(second.x - 90), second.y], [25, 20])
  assertClose([third.x + second.x, third.y], [180, 20])
})

test("a box without room has no place, and nothing covers what is blocked", () => {
  assert.deepEqual(packBoxes([{width: 30, height: 5}], 20, 50), [null])
  assert.deepEqual(packBoxes([{width: 5, height: 60}], 20, 50), [null])
  const blocked = {x: 0, y: 0, width: 100, height: 30}
  const [place] = packBoxes([{width: 40, height: 10}], 100, 50, [blocked])
  assert.ok(place.y >= 31.5)
})

test("random boxes never overlap and never leave the room", () => {
  const random = randomNumbers(11)
  for (let round = 0; round < 40; round += 1) {
    const items = range(integer(random, 1, 40)).map(() => (
      {width: integer(random, 5, 60), height: integer(random, 8, 20)}))
    const places = packBoxes(items, 240, 90)
    const boxes = places.map((place, i) => place && {
      left: place.x, top: place.y, right: place.x + items[i].width, bottom: place.y + items[i].height,
    }).filter(Boolean)
    assert.ok(boxes.length > 0)
    assertApart(boxes)
    for (const {left, top, right, bottom} of boxes) {
      assert.ok(left >= 0 && top >= 0 && right <= 240 + 1e-9 && bottom <= 90 + 1e-9)
    }
  }
})

test("the more central a word, the larger and bolder it is", () => {
  const {words} = packCloud(WORDS, {width: 260, height: 120}, measure, 0, [])
  const byStrength = [...words].sort((a, b) => b.strength - a.strength)
  byStrength.forEach(({size, weight}, i) => {
    const next = byStrength[i + 1]
    assert.ok(!next || (size >= next.size && weight >= next.weight))
  })
  assert.ok(byStrength[0].size > byStrength.at(-1).size)
})

test("few words in a large cloud are larger than many", () => {
  const sizeOf = (words) => packCloud(words, {width: 260, height: 120}, measure, 0, []).words[0].size
  assert.ok(sizeOf(WORDS.slice(0, 2)) > sizeOf(WORDS))
})

test("all words of an expanded cloud are shown, beyond its height if need be", () => {
  for (const height of [40, 120, 400]) {
    const {words, folded, content} = packWholeCloud(WORDS, {width: 200, height}, measure)
    assert.deepEqual(idsOf(words).sort(), idsOf(WORDS))
    assert.equal(folded, 0)
    assert.ok(content >= height)
    assert.ok(words.every(({x, y, width}) => x >= 0 && x + width <= 200 && y <= content))
  }
  const needed = neededHeight(WORDS, 200, measure)
  assertClose(packWholeCloud(WORDS, {width: 200, height: needed}, measure).content, needed, needed / 5)
})

test("a cloud without words is empty", () => {
  const empty = {words: [], folded: 0, content: 50}
  assert.deepEqual(packCloud([], {width: 200, height: 50}, measure, 0, []), empty)
  assert.deepEqual(packWholeCloud([], {width: 200, height: 50}, measure), empty)
  assert.equal(neededHeight([], 200, measure), 12)
})
