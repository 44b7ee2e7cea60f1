import assert from "node:assert/strict"
import {test} from "node:test"

import {describe, describeSelection} from "../../../../viewer/component/scene/tooltip.js"

const DATA = {
  vocabulary: {
    key: "k", place: new Map([[17, 0], [40, 1]]), words: ["she", "run"], tags: ["PRON", "X9"], counts: [12000, 7],
  },
  look: {tag_names: {PRON: "pronoun"}},
  clusters: {
    k: 2, silencing: {where: "", note: "n"}, unit_cluster: [0, 1, 1, 1], unit: [0, 1, 2, 3], direction: [0, 0, 0, 0], word_cluster: [0, 0], weight: [0, 0, -0.25, 0],
    positive: [0, 0, 0.125, 0], negative: [0, 0, -0.375, 0],
  },
  response: {values: [0.5, -0.25, 0, 0]},
  sentences: [{
    k: 2, words: ["she", "zyzzy"], unknown: [1], chances: [NaN, 0.25], expected: [["a"], ["b"]],
    probabilities: [0.5, 0.125], positive: [0, 0, 0, 0.5], negative: [0, 0, 0, -0.125],
    positive_change: [0, 0, 0, 0.25], negative_change: [0, 0, 0, -0.5], preserved: [0, 0, 0, 0.75],
  }],
}
const DIRECTED = {unit_cluster: [1, 0, 0, 1], unit: [7, 7, 2, 2], direction: [1, -1, 1, -1]}
const whole = (unit) => ({unit, direction: 0})
const GLYPH = {sentence: 0, position: 1}

test("words, units, links and clusters", () => {
  assert.equal(describe(DATA, {word: 17}), "she, pronoun\n12,000 occurrences")
  assert.equal(describe(DATA, {word: 40, cloud: 0}), "run\n7 occurrences")
  assert.equal(describe(DATA, {cell: whole(1), chip: 1}), "unit 1, cluster 2\nresponse −0.250")
  assert.equal(describe({...DATA, response: {}}, {cell: whole(1), chip: 1}), "unit 1, cluster 2")
  const link = "words 2 → chip 1\nmean response −0.250 (parts +0.125 and −0.375)"
  assert.equal(describe(DATA, {link: {words: 1, units: 0}}), link)
  assert.equal(describe(DATA, {chip: 1}), "cluster 2\n3 units")
  assert.equal(describe(DATA, {cloud: 0}), "cluster 1\n2 words")
  assert.equal(describe(DATA, {}), "")
})

test("a direction: what drives it, and where the other one of its unit is", () => {
  const data = {
    ...DATA, clusters: {...DATA.clusters, ...DIRECTED}, response: {values: {7: -0.25, 2: 0}},
  }
  assert.equal(describe(data, {cell: {unit: 7, direction: 1}, chip: 1}),
    "unit 7 ▲ rising, cluster 2\nresponse −0.250, against this direction\nfalls in cluster 1")
  assert.equal(describe(data, {cell: {unit: 7, direction: -1}, chip: 0}),
    "unit 7 ▼ falling, cluster 1\nresponse −0.250, along this direction\nrises in cluster 2")
  assert.equal(describe(data, {cell: {unit: 2, direction: 1}, chip: 0}),
    "unit 2 ▲ rising, cluster 1\nresponse +0.000\nfalls in cluster 2")
  assert.equal(describe(data, {chip: 1}), "cluster 2\n2 directions")
  assert.equal(describe(data, {chip: 2}), "cluster 3\nno directions")
  assert.match(describe(data, {glyph: {...GLYPH, cluster: 1}}), /per direction \+0\.500/)
})

test("how units move, of what is known of them", () => {
  const measures = {key: DATA.vocabulary.key, "half-life": {values: [2.25, NaN]}, saturation: {values: [0.5, NaN]}}
  const clusters = {...DATA.clusters, moves: ["half-life 2.0 steps (median)", ""]}
  const data = {...DATA, response: {}, clusters, measures}
  assert.equal(describe({...data, measures: {...measures, key: "other"}}, {cell: whole(0), chip: 0}), "unit 0, cluster 1")
  assert.equal(describe(data, {cell: whole(0), chip: 0}),
    "unit 0, cluster 1\nhalf-life 2.3 steps, 50 % saturated")
  assert.equal(describe(data, {cell: whole(1), chip: 1}), "unit 1, cluster 2")
  assert.equal(describe(data, {chip: 0}), "cluster 1\n1 unit\nhalf-life 2.0 steps (median)")
})

test("a bullet: what silencing the chip costs, which its chip says too", () => {
  const silencing = {where: "w", texts: ["costs 2", ""]}
  const data = {...DATA, clusters: {...DATA.clusters, silencing}}
  assert.equal(describe(data, {bullet: 0, chip: 0}), "costs 2")
  assert.equal(describe(data, {chip: 0}), "cluster 1\n1 unit\ncosts 2")
  assert.equal(describe(data, {chip: 1}), "cluster 2\n3 units")
})

test("a glyph's bar: states, change and what was preserved", () => {
  const expected = "zyzzy, cluster 2\nper unit +0.500 and −0.125, changed by −0.250\n75 % preserved"
  assert.equal(describe(DATA, {glyph: {...GLYPH, cluster: 1}}), expected)
  const sentences = [{...DATA.sentences[0], keep: [0, 0, 0, 0.5]}]
  const gated = describe({...DATA, sentences}, {glyph: {...GLYPH, cluster: 1}})
  assert.equal(gated, `${expected}, keep gate at 50 %`)
})

test("a glyph's bar of a matrix memory: what was written, lost and left", () => {
  const memory = {written: [0, 0, 0, 0.5], lost: [0, 0, 0, -0.75], keep: [0, 0, 0, 0.5]}
  const sentences = [{...DATA.sentences[0], ...memory}]
  assert.equal(describe({...DATA, sentences}, {glyph: {...GLYPH, cluster: 1}}),
    "zyzzy, cluster 2\nper unit +0.500 and −0.125, changed by −0.250: +0.500 written, −0.750 lost\n"
    + "75 % of the state before left, keep gate (one a head) at 50 %")
})

test("the sub-words of a word that has several", () => {
  const data = {...DATA, measures: {key: "k", pieces: {places: [1], texts: ["ru\nn"]}}}
  assert.equal(describe(data, {word: 17}), "she, pronoun\n12,000 occurrences")
  assert.equal(describe(data, {word: 40}),
    "run\n7 occurrences\n2 sub-words: ru · n\nits response is the change over all of them")
})

test("a word of a sentence: whether it is known, and what was predicted", () => {
  assert.equal(
    describe(DATA, {glyph: {...GLYPH, cluster: null}}),
    "zyzzy (not in the vocabulary)\nprobability 25 %\npredicted next\n  13 %  b",
  )
  const first = describe(DATA, {glyph: {sentence: 0, position: 0, cluster: null}})
  assert.equal(first, "she\npredicted next\n  50 %  a")
})

test("the selection in one line", () => {
  const said = (words, units) => describeSelection({...DATA, selection: {words, units}})
  assert.equal(said([17, 40], [3]), "selected: word she, word run, unit 3")
  assert.equal(said([], []), "nothing is selected")
  const outside = {...DATA, response: {word: "rare"}, selection: {words: [9], units: []}}
  assert.equal(describeSelection(outside), "selected: word rare")
})
