import assert from "node:assert/strict"
import {test} from "node:test"

import {
  asChanges, asDeviations, barsShown, glyphPaths, inBars, reachesOf, scaleEnd, wordLinks,
} from "../../../../viewer/component/sentence/glyphs.js"
import {assertClose, range} from "../support.js"

// One word and one cluster: from 2 to 3 above zero, from -1 to -0.5 below it.
const SENTENCE = {
  k: 1, positive: [3], positive_change: [1], negative: [-0.5], negative_change: [0.5],
  preserved: [1], keep: [0],
}
const WORDS = {from: 0, to: 0}
const PLACE = {
  rows: {top: 0, height: 106, row: 106, lead: 0, from: 0, to: 0, content: 106}, scrolled: 0,
  glyph: {x: 0, width: 10}, words: WORDS,
}
const CONTROL = 106 * 0.3
const HALF = (106 - CONTROL - 6) / 2
const ZERO = 2 + CONTROL + 1 + HALF

/** Left, top, right and bottom of each rectangle of a path. */
function rects(path) {
  return [...path.matchAll(/M(\S+) (\S+?)h([^VZ]+)V([^h]+)h[^Z]+Z/g)]
    .map((found) => found.slice(1).map(Number))
    .map(([x, top, width, bottom]) => [x, top, x + width, bottom])
}

test("bar and hats of one word, by hand", () => {
  assert.deepEqual(reachesOf(SENTENCE, WORDS), [3, 1])
  const paths = glyphPaths(SENTENCE, {...PLACE, extent: 3})
  const edges = (kind) => [rects(paths[kind])[0][1], rects(paths[kind])[0][3]]
  assertClose(edges("bars"), [ZERO - HALF, ZERO + HALF / 6])
  assertClose(edges("positive"), [ZERO - HALF, ZERO - (HALF * 2) / 3])
  assertClose(edges("positiveLost"), [ZERO + HALF / 6, ZERO + HALF / 3])
  assert.equal(paths.negative + paths.negativeLost + paths.shrinking + paths.breaks, "")
  assert.ok(paths.growing)
  assertClose(Number(paths.keeps.match(/ (\S+?)h/)[1]), 2 + CONTROL - 2.6)
})

test("without a gate there is no dash, and a bar beyond the scale is broken", () => {
  const paths = glyphPaths({...SENTENCE, keep: undefined}, {...PLACE, extent: 2})
  assert.equal(paths.keeps, "")
  assert.equal(paths.breaks.match(/M/g).length, 1)
  assertClose(rects(paths.bars)[0][1], ZERO - HALF)
  const both = glyphPaths(SENTENCE, {...PLACE, extent: 0.9})
  assert.equal(both.breaks.match(/M/g).length, 2) // the loss below reaches to 1
})

test("bars of a word stand side by side within the glyph, those of words below each other", () => {
  const k = 4
  const zeros = range(12).map(() => 0)
  const sentence = {
    k, positive: range(12).map(() => 1), positive_change: zeros, negative: range(12).map(() => -1),
    negative_change: zeros, preserved: zeros,
  }
  const rows = {top: 30, height: 180, row: 60, lead: 0, from: 0, to: 2, content: 180}
  const place = {rows, scrolled: 0, glyph: {x: 100, width: 80}, extent: 2, words: {from: 0, to: 2}}
  const boxes = rects(glyphPaths(sentence, place).bars)
  assert.equal(boxes.length, 12)
  boxes.forEach(([left, top, right, bottom], i) => {
    const [word, cluster] = [Math.floor(i / k), i % k]
    assertClose([left, right], [100 + 20 * cluster + 2, 100 + 20 * cluster + 18], 1e-6)
    assert.ok(top > 30 + 60 * word && bottom < 30 + 60 * (word + 1))
  })
})

// Four bars of a memory: written up, lost from above; written down, lost from below; written up and
// lost from below; more written than is left.
const SPLIT = {
  k: 4, positive: [3, 0, 2, 1], negative: [-1, -2, -1, 0], positive_change: [1, 0, 3, 2],
  negative_change: [0, -0.5, 0, 0], written: [2, -1, 1, 4], lost: [-1, 0.5, 2, -2],
  preserved: [1, 1, 1, 1],
}

/** The values, high and low, at which a kind of hat begins and ends, by bar. */
function valuesOf(path, extent) {
  return Object.fromEntries(rects(path).map(([left, top, , bottom]) => [
    Math.floor(left / 10), [top, bottom].map((y) => ((ZERO - y) / HALF) * extent),
  ]))
}

test("hats of a memory: what was written inside the bar, what was lost outside it", () => {
  assert.deepEqual(reachesOf(SPLIT, WORDS), [4, 1, 0, 2.5, 2, 3, 3, 3])
  const paths = glyphPaths(SPLIT, {...PLACE, glyph: {x: 0, width: 40}, extent: 5})
  const expected = {
    positive: {0: [3, 1], 2: [2, 1], 3: [1, -3]}, negative: {1: [-1, -2]},
    negativeLost: {0: [4, 3], 3: [3, 1]}, positiveLost: {1: [-2, -2.5], 2: [-1, -3]},
  }
  for (const [kind, hats] of Object.entries(expected)) {
    const found = valuesOf(paths[kind], 5)
    assert.deepEqual(Object.keys(found), Object.keys(hats), kind)
    for (const bar of Object.keys(hats)) assertClose(found[bar], hats[bar])
  }
})

test("bars of a memory's changes: written and lost, upward above zero, downward below", () => {
  const changed = asChanges(SPLIT)
  assert.deepEqual([changed.positive, changed.negative], [[2, 0.5, 3, 4], [-1, -1, 0, -2]])
  const paths = glyphPaths(changed, {...PLACE, glyph: {x: 0, width: 40}, extent: 5})
  assertClose(valuesOf(paths.positive, 5)[2], [3, 2])
  assertClose(valuesOf(paths.positiveLost, 5)[2], [2, 0])
  assertClose(valuesOf(paths.negativeLost, 5)[0], [0, -1])
  assert.deepEqual(wordLinks(changed, 0, 0.9).map(({weight}) => weight), [3])
})

test("bars of changes", () => {
  const changed = asChanges(SENTENCE)
  assert.deepEqual([changed.positive, changed.negative], [[1.5], [0]])
  assert.deepEqual(asChanges({words: []}).positive, undefined)
})

test("bars of states less the recorded mean: one a cluster, its change across zero in two hats", () => {
  const means = [2.25] // 3 - 0.5 is 0.25 above it, after 1.25 below
  const less = asDeviations(SENTENCE, means)
  assert.deepEqual([less.positive, less.negative], [[0.25], [0]])
  assert.deepEqual([less.positive_change, less.negative_change], [[0.25], [1.25]])
  assert.deepEqual(inBars("deviations", SENTENCE, means), less)
  assert.equal(asDeviations({k: 0}, means).k, 0)
})

test("the bars are those chosen, or those that vary", () => {
  assert.equal(barsShown({bars: "automatic"}, {bars: "deviations"}), "deviations")
  assert.equal(barsShown({bars: "states"}, {bars: "deviations"}), "states")
  assert.equal(inBars("states", SENTENCE, [9]), SENTENCE)
})

test("a word's links: what it changed, the strongest last", () => {
  assert.deepEqual(wordLinks(SENTENCE, 0, 0.2), [{units: 0, weight: 1.5, strength: 1}])
  const sentence = {
    k: 3, positive_change: [9, 9, 9, 0.5, 0, 0.05], negative_change: [9, 9, 9, 0, -1, 0],
  }
  assert.deepEqual(wordLinks(sentence, 1, 0.2), [
    {units: 0, weight: 0.5, strength: 0.5}, {units: 1, weight: -1, strength: 1},
  ])
})

test("a bar that dwarfs all others does not stretch the scale; in company it does", () => {
  const usual = range(99).map((i) => 1 + i / 98)
  assertClose(scaleEnd([...usual, 10]), 1.98979592, 1e-8)
  assert.equal(scaleEnd([...usual, 3]), 3)
  assert.equal(scaleEnd([...usual, 10, 10, 10, 10]), 10)
  assert.equal(scaleEnd([10]), 10)
  assert.equal(scaleEnd([]), 0)
})
