import assert from "node:assert/strict"
import {test} from "node:test"

import {boxMarks, distributionOf, responseMarks, ticksBetween, wordsOf} from "../../../../viewer/component/offline/offline_charts.js"

const VOCABULARY = {ids: [10, 11, 12], words: ["a", "b", "c"], counts: [9, 4, 7]}
const MATRIX = {
  units: 2, values: Float32Array.of(1, -2, 3, -4, -5, 6), scales: Float32Array.of(0.5, 1, 2),
  // q09 of three words, then q25, q50, q75, q91
  quantiles: Int8Array.from([1, -6, 0, -9, -4, 1, ...[2, -5, 1, -8, -3, 2], ...[2, -4, 3, -4, -2, 3], ...[3, -3, 4, -3, -2, 4], ...[4, -2, 5, -1, -1, 5]]),
}

test("a word has its mean and quantiles of every unit; another word none", () => {
  const found = distributionOf(VOCABULARY, MATRIX, 12)
  assert.deepEqual([...found.mean], [-5, 6])
  assert.deepEqual([...found.q09], [-8, 2])
  assert.deepEqual([...found.q91], [-2, 10])
  assert.deepEqual([...distributionOf(VOCABULARY, MATRIX, 10).q25], [1, -2.5])
  assert.equal(distributionOf(VOCABULARY, MATRIX, 13), null)
})

test("ticks are round numbers within the ends", () => {
  assert.deepEqual(ticksBetween(-1.5, 1.3), [-1, 0, 1])
  assert.deepEqual(ticksBetween(0, 0.5), [0, 0.1, 0.2, 0.3, 0.4, 0.5])
  assert.deepEqual(ticksBetween(0, 0), [0])
})

test("units are sorted by the first word, for all lines and the step", () => {
  const line = (id, word) => ({...distributionOf(VOCABULARY, MATRIX, id), word, count: 9, colour: "red"})
  const {title, marks} = responseMarks([line(10, "a"), line(12, "c")], Float32Array.of(-1, 2), 300)
  assert.equal(title, "Responses to “a”, “c”")
  const paths = (name) => marks.filter(([, {class: kind}]) => kind === name).map(([, {d}]) => d)
  assert.equal(paths("band").length, 4)
  const rises = (d) => {
    const [first, last] = d.slice(1).split("L").map((point) => Number(point.split(" ")[1]))
    return last < first // pixels count downwards
  }
  // Unit 1 comes first: of "a" it is the lower one, of "c" and in the step the higher one.
  assert.deepEqual(paths("mean").map(rises), [false, true]) // the first word is drawn last
  assert.deepEqual(paths("step").map(rises), [false])
  assert.match(responseMarks([line(10, "a")], null, 300).title, /^Response to “a”, 9 occurrences$/)
  assert.match(responseMarks([{...line(10, "a"), count: 1}], null, 300).title, /, 1 occurrence$/)
})

test("a unit has a box for each frequent word that moves it most, by falling mean", () => {
  const found = wordsOf(1, VOCABULARY, MATRIX, {top: 2, least: 5})
  assert.deepEqual(found.map(({word, mean, q50}) => [word, mean, q50]), [["c", 6, 6], ["a", -2, -2]])
  assert.equal(wordsOf(1, VOCABULARY, MATRIX, {top: 1, least: 1})[0].word, "c")
  const {marks} = boxMarks(1, found, 300)
  assert.deepEqual(marks.filter(([tag]) => tag === "rect").map(([, {class: kind}]) => kind), ["box positive", "box negative"])
})
