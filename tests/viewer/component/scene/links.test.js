import assert from "node:assert/strict"
import {test} from "node:test"

import {
  linkOpacity, linkStrokes, linkWidth, selectLinks, shownRange,
} from "../../../../viewer/component/scene/links.js"
import {randomNumbers, range} from "../support.js"

const CLUSTERS = {
  k: 2, weight: [1, 0.5, -0.1, 0.1], positive: [1.2, 0.5, 0.5, 0.2], negative: [-0.2, 0, -0.6, -0.1],
}

test("links within a range of the strongest, and parts that cancel", () => {
  const links = selectLinks(CLUSTERS, [0.2, 1])
  assert.deepEqual(links.map(({words, units, strength}) => [words, units, strength]), [
    [0, 1, 0.5], [1, 0, 0.5], [0, 0, 1],
  ])
  assert.deepEqual(links.map(({parts}) => parts), [null, {positive: 0.5, negative: 0.6}, null])
})

test("parts cancel as soon as the smaller one outweighs the mean", () => {
  const partsOf = (positive, negative) => selectLinks(
    {k: 1, weight: [positive + negative], positive: [positive], negative: [negative]}, [0, 1])[0].parts
  assert.equal(partsOf(2, -1), null)
  assert.deepEqual(partsOf(-0.25 + 2, -1), {positive: 1, negative: 1})
  assert.deepEqual(partsOf(1, -1.75), {positive: 1, negative: 1})
})

test("strengths are relative to the strongest link that may be seen", () => {
  assert.deepEqual(selectLinks(CLUSTERS, [0.2, 0.5]).map(({strength}) => strength), [1, 1])
})

test("a pinned cluster always shows its strongest link", () => {
  const parts = {positive: [1, 0.1, 0.05, 0.02], negative: [0, 0, 0, 0]}
  const clusters = {k: 2, weight: parts.positive, ...parts}
  const shown = (pinned) =>
    selectLinks(clusters, [0.2, 1], pinned).map(({words, units}) => [words, units])
  assert.deepEqual(shown(null), [[0, 0]])
  assert.deepEqual(shown({kind: "chip", cluster: 1}), [[0, 1], [0, 0]])
  assert.deepEqual(shown({kind: "cloud", cluster: 1}), [[1, 0], [0, 0]])
  assert.deepEqual(shown({kind: "chip", cluster: 0}), [[0, 0]])
})

test("the links are those of the chosen range, or of the one that the data suggest", () => {
  assert.deepEqual(shownRange({link_range: null}, {link_range: [0.4, 1]}), [0.4, 1])
  assert.deepEqual(shownRange({link_range: [0.2, 1]}, {link_range: [0.4, 1]}), [0.2, 1])
})

test("nothing is linked without a response", () => {
  const none = [0, 0, 0, 0]
  assert.deepEqual(selectLinks({k: 2, weight: none, positive: none, negative: none}, [0, 1]), [])
})

test("all links that are shown lie in the range, strongest last", () => {
  const random = randomNumbers(3)
  for (let k = 1; k <= 12; k += 1) {
    const positive = range(k * k).map(() => random())
    const negative = range(k * k).map(() => -random())
    const weight = positive.map((value, i) => value + negative[i])
    const strongest = Math.max(...weight.map(Math.abs))
    const links = selectLinks({k, weight, positive, negative}, [0.3, 0.9])
    const magnitude = ({words, units}) => {
      const i = words * k + units
      return Math.max(Math.abs(weight[i]), Math.min(positive[i], -negative[i]))
    }
    for (const link of links) {
      const fraction = Math.min(1, magnitude(link) / strongest)
      assert.ok(fraction >= 0.3 && fraction <= 0.9)
    }
    const strengths = links.map(({strength}) => strength)
    assert.deepEqual(strengths, [...strengths].sort((a, b) => a - b))
  }
})

test("a pair of strokes touches without overlap", () => {
  const link = {weight: -0.1, strength: 0.5, parts: {positive: 1, negative: 1}}
  const [up, down] = linkStrokes(link, [0, 50, 100, 80])
  assert.deepEqual([up.sign, down.sign], ["positive", "negative"])
  assert.deepEqual([up.width, down.width], [6.75, 6.75])
  assert.equal(up.d, "M0 46.625C53.375 46.625 53.375 76.625 100 76.625")
  assert.equal(down.d, "M0 53.375C46.625 53.375 46.625 83.375 100 83.375")
})

test("one stroke has the sign of the mean", () => {
  const strokes = (weight) => linkStrokes({weight, strength: 1, parts: null}, [0, 0, 8, 4])
  assert.deepEqual(strokes(-0.1), [{sign: "negative", d: "M0 0C4 0 4 4 8 4", width: 13.5}])
  assert.equal(strokes(0.1)[0].sign, "positive")
})

test("stronger links are wider and more opaque", () => {
  for (const scale of [linkWidth, linkOpacity]) {
    const values = range(11).map((i) => scale(i / 10))
    assert.ok(values.every((value, i) => i === 0 || value > values[i - 1]))
  }
})
