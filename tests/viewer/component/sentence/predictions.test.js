import assert from "node:assert/strict"
import {test} from "node:test"

import {
  percent, predictionAt, predictionLines, signed,
} from "../../../../viewer/component/sentence/predictions.js"

const CLASSIFIED = {
  classes: ["bad", "good"], favoured: 1, added: [-0.5, 0.5, 0.25, -0.25], margins: [1, -0.5],
  running: [0.75, 0.625],
}
const PREDICTED = {
  chances: [NaN, 0.5], expected: [["the", "a"], ["cat", "dog"]], probabilities: [0.5, 0.25, 0.9, 0.001],
}

test("numbers have their sign, and tiny ones digits that count", () => {
  const cases = [[0, "+0.000"], [-0.25, "−0.250"], [0.00049, "+0.00049"], [-3.2e-6, "−0.0000032"]]
  for (const [value, text] of cases) assert.equal(signed(value), text)
  assert.equal(signed(-0.004, 2), "−0.00")
})

test("percentages have about two significant digits", () => {
  const cases = [[0, "0.00 %"], [1e-6, "<0.01 %"], [0.0005, "0.05 %"], [0.005, "0.5 %"],
    [0.0996, "10 %"], [0.5, "50 %"], [1, "100 %"]]
  for (const [fraction, text] of cases) assert.equal(percent(fraction), text)
})

test("signed numbers have a true minus", () => {
  assert.deepEqual([signed(0.5), signed(-0.5, 1), signed(0, 0)], ["+0.500", "−0.5", "+0"])
})

test("the line under a word of a language model is its probability", () => {
  assert.equal(predictionAt(PREDICTED, 0), null)
  assert.deepEqual(predictionAt(PREDICTED, 1), {text: "50 %", sign: "", fraction: 0.5})
  assert.equal(predictionAt({}, 0), null)
})

test("the line under a word of a classifier is what it adds to the predicted class", () => {
  assert.deepEqual(predictionAt(CLASSIFIED, 0), {text: "+1.00", sign: "positive", fraction: 0.75})
  assert.deepEqual(predictionAt(CLASSIFIED, 1), {text: "−0.50", sign: "negative", fraction: 0.625})
  assert.equal(predictionAt({...CLASSIFIED, running: undefined}, 1).fraction, null)
})

test("all predictions at a word", () => {
  assert.deepEqual(predictionLines(PREDICTED, 0), ["predicted next", "  50 %  the", "  25 %  a"])
  assert.deepEqual(predictionLines(PREDICTED, 1),
    ["probability 50 %", "predicted next", "  90 %  cat", "  0.1 %  dog"])
  assert.deepEqual(predictionLines(CLASSIFIED, 1),
    ["adds −0.50 towards good", "  +0.25  bad", "  −0.25  good", "good so far: 63 %"])
  assert.deepEqual(predictionLines({}, 0), [])
})

const SILENCED = {before: [NaN, 0.5], after: [NaN, 0.125], text: "chip 1 silenced"}

test("with a silenced chip, the line has both probabilities, and its colour says which way", () => {
  assert.equal(predictionAt({chances: [NaN, 0.5], silenced: SILENCED}, 0), null)
  assert.deepEqual(predictionAt({chances: [NaN, 0.5], silenced: SILENCED}, 1),
    {text: "50 → 13 %", short: "50→13 %", sign: "negative", fraction: null})
  const faint = {...SILENCED, before: [NaN, 0.001], after: [NaN, 0]}
  assert.equal(predictionAt({margins: [1, 2], silenced: faint}, 1).short, "<1→0 %")
  const rising = {...SILENCED, after: [NaN, 0.75]}
  assert.equal(predictionAt({margins: [1, 2], silenced: rising}, 1).sign, "positive")
  const same = {...SILENCED, after: [NaN, 0.5004]}
  assert.equal(predictionAt({margins: [1, 2], silenced: same}, 1).sign, "")
  const refused = {text: "chip 1 cannot be silenced"}
  assert.equal(predictionAt({chances: [NaN, 0.25], silenced: refused}, 1).text, "25 %")
})

test("with a silenced chip, next words and classes stand side by side", () => {
  const words = {
    ...SILENCED, expected: [
      {expected: [["a"], ["b"]], probabilities: [0.5, 0.25]},
      {expected: [["c"], ["d"]], probabilities: [0.75, 0.125]},
    ],
  }
  assert.deepEqual(predictionLines({silenced: words}, 1), ["probability 50 %, 13 % without the chip",
    "predicted next\t\twithout the chip", "  25 %  b\t\t13 %  d"])
  assert.equal(predictionLines({silenced: words}, 0)[0], "predicted next\t\twithout the chip")
  const classes = {...SILENCED, classes: [{name: "good", before: [0, 0.75], after: [0, 0.25]}]}
  assert.deepEqual(predictionLines({silenced: classes}, 1),
    ["class\twith\twithout the chip", "good\t75 %\t25 %"])
})
