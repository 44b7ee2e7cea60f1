import assert from "node:assert/strict"
import {test} from "node:test"

import {flowNames, lightKind, takeLegend} from "../../../../viewer/component/clouds/legend.js"

const measure = (text) => 10 * text.length
const LOOK = {by_tag: true, tag_names: {NOUN: "noun", VERB: "verb", X: "other"}}

test("names flow into lines", () => {
  const {names, height} = flowNames(["noun", "verb", "other"], 100, measure)
  assert.deepEqual(names.map(({x, y}) => [x, y]), [[0, 15], [51, 15], [0, 30]])
  assert.equal(height, 36)
  assert.deepEqual(flowNames([], 100, measure), {names: [], height: 0})
})

test("the legend has the tags that occur, and takes its height from the clouds", () => {
  const column = {width: 80, sagitta: 20, height: 500}
  const legend = takeLegend(column, {tags: ["X", null, "NOUN"]}, LOOK, measure)
  assert.deepEqual(legend.tags, ["NOUN", "X"])
  assert.deepEqual(legend.names.map(({text}) => text), ["noun", "other"])
  assert.equal(column.height, 500 - legend.height)
})

test("without colours there is no legend", () => {
  const column = {width: 80, sagitta: 20, height: 500}
  const legend = takeLegend(column, {tags: ["X"]}, {...LOOK, by_tag: false}, measure)
  assert.deepEqual([legend.names, column.height], [[], 500])
})

test("only the words of the kind under the pointer stay", () => {
  const words = ["NOUN", "VERB", "NOUN"].map((tag) => ({tag, classList: {toggle(name, on) { this[name] = on }}}))
  const clouds = [{parts: {kept: new Map(words.slice(0, 2).entries())}},
    {parts: {kept: new Map([[2, words[2]]])}}]
  const faded = (kind) => {
    lightKind(kind, clouds, (id) => words[id].tag)
    return words.map(({classList}) => classList.faded)
  }
  assert.deepEqual(faded("NOUN"), [false, true, false])
  assert.deepEqual(faded(null), [false, false, false])
})
