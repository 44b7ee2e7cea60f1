import assert from "node:assert/strict"
import {test} from "node:test"

import {FIGURES} from "../../../../viewer/component/page/explanation.js"
import {EXPLANATION} from "../../../../viewer/component/page/explanation_text.js"
import {makeRamp} from "../../../../viewer/component/scene/colours.js"

const ramp = makeRamp(["#0000ff", "#ffffff", "#ff0000"])

test("about six hundred words, which say that a chip is no layer", () => {
  const text = EXPLANATION.filter(([kind]) => kind !== "figure").map(([, words]) => words).join(" ")
  assert.ok(Math.abs(text.split(/\s+/).length - 620) < 100, `${text.split(/\s+/).length} words`)
  assert.match(text, /A chip is a cluster, not a layer/)
})

test("every figure that the text names can be drawn, and all are named", () => {
  const named = EXPLANATION.filter(([kind]) => kind === "figure").map(([, name]) => name)
  assert.deepEqual(named, Object.keys(FIGURES))
})

test("figures show what the page shows, and nothing without it", () => {
  const data = {
    response: {word: "her", values: Float32Array.of(2, -1, 0)},
    clusters: {k: 2, weight: Float32Array.of(1, -1, 0, 0.5)},
    sentences: [{k: 2, words: ["a", "b"], positive: [1, 0, 1, 4], negative: [0, 0, 0, -1]}],
  }
  const {marks} = FIGURES.response({data, ramp})
  assert.deepEqual(marks.map(([, {fill}]) => fill), [-1, 0, 2].map((value) => ramp[64 + 32 * value]))
  assert.equal(FIGURES.links({data, ramp}).marks.length, 4)
  assert.match(FIGURES.sentence({data, ramp}).caption, /^chip 2: a b$/)
  assert.equal(FIGURES.response({data: {...data, response: {}}, ramp}), null)
  assert.equal(FIGURES.sentence({data: {...data, sentences: []}, ramp}), null)
})
