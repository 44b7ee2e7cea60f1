import assert from "node:assert/strict"
import {test} from "node:test"

import {keyEntries, layKey} from "../../../../viewer/component/sentence/sentence_key.js"

const measure = (text) => 6 * text.length
const LOOK = {bars: "states", kind: "directions", keepShown: false}
const PROSE = {k: 2, chances: [0.3], keep: [1]}
const textsOf = (sentences, look = {}) =>
  keyEntries(sentences, {...LOOK, ...look}).map(([mark, forms]) => [mark, forms[0]])

test("every mark of a sentence has its entry, and only marks that are drawn", () => {
  assert.deepEqual(textsOf([{k: 0}, PROSE]), [
    ["bar", "a chip’s state, up driven, down opposed"], ["solid", "rose, fell at the word"],
    ["faint", "before it"], ["control", "high: kept, low: lost"], ["gauge", "chance, in %"],
  ])
  assert.deepEqual(textsOf([PROSE], {bars: "changes", keepShown: true}).map(([mark]) => mark),
    ["solid", "control", "keep", "gauge"])
  assert.match(textsOf([PROSE], {kind: "units"})[0][1], /up plus/)
  assert.match(textsOf([PROSE], {bars: "deviations"})[0][1], /from its mean/)
  assert.deepEqual(textsOf([]), [])
})

test("what was written and lost, and a class’s chance; of a silenced chip the head says it", () => {
  const texts = (sentence) => textsOf([{k: 2, ...sentence}]).map(([, text]) => text)
  assert.deepEqual(texts({written: [1]}).slice(1, 3), ["what the word wrote", "lost"])
  assert.equal(texts({margins: [1], running: [0.2]}).at(-1), "class’s chance so far")
  assert.equal(texts({margins: [1]}).at(-1), "high: kept, low: lost")
  assert.equal(texts({chances: [0.3], silenced: {after: [0.1]}}).at(-1),
    "high: kept, low: lost")
})

test("no entry is wider than the column, and entries do not overlap", () => {
  for (const width of [140, 200, 240, 600]) {
    const {names, height} = layKey(keyEntries([PROSE], LOOK), width, false, measure)
    assert.equal(names.length, 5)
    names.forEach(({text, x, y}, i) => {
      assert.ok(x >= 0 && (x === 0 || x + measure(text) <= width), `${text} at ${x} in ${width}`)
      const next = names[i + 1]
      if (next?.y === y) assert.ok(next.x >= x + measure(text))
      assert.ok(y < height)
    })
  }
})

test("long forms stay within three lines, and a mirrored key ends where the column does", () => {
  const entries = keyEntries([PROSE], LOOK)
  const lines = (width) => new Set(layKey(entries, width, false, measure).names.map(({y}) => y)).size
  assert.deepEqual([lines(300), lines(190) <= 4, lines(2000)], [3, true, 1])
  const {names} = layKey(entries, 300, true, measure)
  const last = names.at(-1)
  assert.equal(last.x + measure(last.text) + 22, 300)
  assert.deepEqual(layKey([], 300, false, measure), {names: [], height: 0})
})
