import assert from "node:assert/strict"
import {test} from "node:test"

import {around, placeCard} from "../../../../viewer/component/page/tour.js"
import {chosenFrom, stepsFor} from "../../../../viewer/component/page/tour_steps.js"

const CARD = {width: 300, height: 100}
const WINDOW = {width: 1000, height: 700}

test("the card stands right of what is lit, else left, above, below, or in its lower corner", () => {
  const at = (left, top, width, height) => placeCard({left, top, width, height}, CARD, WINDOW)
  assert.deepEqual(at(0, 50, 200, 300), {left: 214, top: 64})
  assert.deepEqual(at(700, 50, 300, 300), {left: 386, top: 64})
  assert.deepEqual(at(100, 600, 800, 90), {left: 586, top: 486})
  assert.deepEqual(at(100, 10, 800, 90), {left: 586, top: 114})
  assert.deepEqual(at(100, 10, 800, 680), {left: 586, top: 576})
})

test("the light is around all parts, or in the middle where none is on the page", () => {
  const boxes = [{left: 10, top: 20, right: 30, bottom: 40}, {left: 5, top: 30, right: 20, bottom: 60}]
  assert.deepEqual(around(boxes, WINDOW), {left: 5, top: 20, width: 25, height: 40})
  assert.equal(around([], WINDOW).width, 0)
})

const DATA = {
  vocabulary: {ids: [7, 8, 9, 10], words: ["a", "<eos>", "b", "c"]},
  clusters: {k: 2, word_cluster: [0, 1, 1, 1], size: Float32Array.of(3, 9, 1, 2), silencing: {where: "loss"}},
  sentences: [{
    k: 2, words: ["x", "y"],
    positive_change: Float32Array.of(1, 0, 2, 0), negative_change: Float32Array.of(-1, 0.5, 0, -2),
  }],
  selection: {words: [7]},
}

test("it clicks the largest written words of another cloud, and the word that changes most", () => {
  const {cluster, words, position, canSilence} = chosenFrom(DATA, true)
  assert.deepEqual([cluster, words, position, canSilence], [1, ["c", "b"], 1, true])
  assert.deepEqual(chosenFrom({...DATA, selection: {words: []}}, true).words, ["a"])
})

test("every step asks for what it says; there is none for what the page lacks", () => {
  const asked = (data, isLive) => stepsFor(chosenFrom(data, isLive)).map(({asks}) => Object.entries(asks).join(" "))
  assert.deepEqual(asked(DATA, true), ["", "pin,cloud~2", "pin,chip~2", "word,c", "word,c show,responses", "step,0~1",
    "silence,2 pin,chip~2", "right.k,2"])
  assert.equal(asked(DATA, false).length, 6)
  const empty = {vocabulary: {}, clusters: {}, sentences: [], selection: {words: []}}
  assert.deepEqual(asked(empty, true), [""])
})
