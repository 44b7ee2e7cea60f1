import assert from "node:assert/strict"
import {test} from "node:test"

import {
  applyFocus, applyPartner, grownBy, pinName, reached, readPin, sameFocus,
} from "../../../../viewer/component/scene/highlight.js"

const LINKS = [{words: 2, units: 0}, {words: 1, units: 0}, {words: 1, units: 3}]
const CHIP = {kind: "chip", cluster: 0}
const CLOUD = {kind: "cloud", cluster: 1}

test("a focus reaches the other ends of its links", () => {
  assert.deepEqual(reached(CHIP, LINKS), {chips: new Set([0]), clouds: new Set([2, 1])})
  assert.deepEqual(reached(CLOUD, LINKS), {chips: new Set([0, 3]), clouds: new Set([1])})
  assert.deepEqual(reached(null, LINKS), {chips: new Set(), clouds: new Set()})
})

test("names of what is pinned can be read back", () => {
  for (const focus of [CHIP, CLOUD, null]) assert.deepEqual(readPin(pinName(focus)), focus)
  assert.equal(pinName({kind: "cloud", cluster: 1}), "cloud~2")
})

test("the same focus is known again", () => {
  assert.ok(sameFocus(CHIP, {...CHIP}))
  assert.ok(sameFocus(null, null))
  assert.ok(!sameFocus(CHIP, null))
  assert.ok(!sameFocus(CHIP, {kind: "cloud", cluster: 0}))
})

test("a pinned chip expands its clouds, the most strongly linked first", () => {
  const weight = [0.3, 0, 1, 0, 0.6, 0, 0, 0, 0.1]
  const clusters = {k: 3, weight, positive: weight, negative: weight.map(() => 0)}
  const grown = (focus) => [...grownBy(focus, {clusters, look: {link_range: [0.2, 1]}})]
  assert.deepEqual(grown({kind: "chip", cluster: 0}), [0])
  assert.deepEqual(grown({kind: "chip", cluster: 2}), [0])
  assert.deepEqual(grown({kind: "cloud", cluster: 2}), [2])
  assert.deepEqual(grown(null), [])
  const column = [0.3, 0, 0, 1, 0, 0, 0.6, 0, 0]
  const three = {k: 3, weight: column, positive: column, negative: weight.map(() => 0)}
  const data = {clusters: three, look: {link_range: [0.2, 1]}}
  assert.deepEqual([...grownBy({kind: "chip", cluster: 0}, data)], [1, 2, 0])
})

test("what belongs to the focus is marked, and nothing without one", () => {
  const node = () => {
    const names = new Set()
    const toggle = (name, on) => (on ? names.add(name) : names.delete(name))
    return {names, classList: {toggle}}
  }
  const [root, links] = [node(), LINKS.map((link) => ({...link, node: node()}))]
  const [chips, clouds] = [0, 1].map(() => new Map([0, 1, 2, 3].map((i) => [i, node()])))
  const lit = (nodes) => [...nodes].filter(([, {names}]) => names.has("on")).map(([i]) => i)
  applyFocus(root, CHIP, {links, chips, clouds})
  assert.deepEqual([lit(chips), lit(clouds)], [[0], [1, 2]])
  assert.deepEqual(links.map((link) => link.node.names.has("on")), [true, true, false])
  assert.ok(root.names.has("focused"))
  applyFocus(root, null, {links, chips, clouds})
  assert.deepEqual([lit(chips), lit(clouds), root.names.size], [[], [], 0])
  assert.ok(links.every((link) => link.node.names.size === 0))
})

test("the pair of what is lit in the other pane is marked, where it has one", () => {
  const marked = (cluster, jaccard) => {
    const nodes = new Map([0, 1].map((own) => [own, {classList: {toggle(name, on) { this[name] = on }}}]))
    applyPartner(cluster, jaccard, [nodes])
    return Array.from(nodes.values(), ({classList}) => classList.partner)
  }
  assert.deepEqual(marked(1, [0.5, 0.25]), [false, true])
  assert.deepEqual(marked(1, [0.5, NaN]), [false, false])
  assert.deepEqual([marked(null, [0.5, 0.25]), marked(1, undefined)], [[false, false], [false, false]])
})
