import assert from "node:assert/strict"
import {test} from "node:test"

import {SAMPLES} from "../../../../viewer/component/page/help_samples.js"
import {marksOf, whatIsShown} from "../../../../viewer/component/page/help_text.js"

const SHOWN = {
  model: "m", cell: "GRU", sizes: [200, 200], split: "test", dataset: "d", layer: 1, name: "layer 1",
  state: "hidden", k: 10, grouped: "by their ends",
}
const CONSTANTS = {limits: {words: 7, units: 8}, sections: {units: "Neurons", heads: "Matrices", patterns: "Patterns", tables: "Tables", views: "Views"}}

test("every mark has a sample, and every sample a mark", () => {
  const kinds = marksOf(CONSTANTS).map(([kind]) => kind)
  assert.equal(new Set(kinds).size, kinds.length)
  assert.deepEqual([...kinds].sort(), Object.keys(SAMPLES).sort())
})

test("limits and names of pages are those that Python sends", () => {
  const texts = marksOf(CONSTANTS).map(([, , text]) => text).join(" ")
  assert.match(texts, /up to 7 words/)
  assert.equal(texts.match(/“Neurons”/g).length, 2)
})

test("the help says why there are no bullets", () => {
  const meaning = (marks) => marks.find(([kind]) => kind === "bullet")[2]
  assert.match(meaning(marksOf(CONSTANTS, "It was not measured.")), /there\. It was not measured\.$/)
  assert.match(meaning(marksOf(CONSTANTS)), /there\.$/)
})

test("texts are whole sentences", () => {
  const texts = marksOf(CONSTANTS).map(([, , text]) => text)
  for (const text of [...texts, whatIsShown(SHOWN)[1]]) assert.match(text, /^[A-Z“].*[.)]$/)
})

test("what is shown", () => {
  const [network, view] = whatIsShown(SHOWN)
  assert.equal(network,
    "m has 2 layers of 200 units (cell: GRU). It was recorded while reading the test split of d.")
  assert.match(view, /^The view shows layer 1 of 0 to 1 \(the topmost\): the hidden state h/)
  assert.match(view, /10 clusters/)
  const other = whatIsShown({...SHOWN, sizes: [30, 20, 10], name: "encoder.l0", layer: 0})
  assert.match(other[0], /3 layers of 30, 20 and 10 units/)
  assert.match(other[1], /encoder\.l0, layer 0 of 0 to 2 \(next to the words\)/)
  const hybrid = whatIsShown({...SHOWN, heads: 4, attention: [3, 7]})
  assert.match(hybrid[1], /the readout of the matrix memory by each word’s own query/)
  assert.match(hybrid[2], /^Attention, in its depth at 3, 7, keeps words/)
  assert.match(whatIsShown({...SHOWN, state: "cell", heads: 4})[1], /each head’s mean query reads/)
  const single = whatIsShown({...SHOWN, sizes: [5], layer: 0, state: "s", grouped: "by a"})
  assert.match(single[1], /its only layer: s\..* grouped by a\.$/)
})
