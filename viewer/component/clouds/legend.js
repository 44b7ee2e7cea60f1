/** The legend of the words' colours, below the clouds. */

import {svg} from "../scene/elements.js"

const SIZE = 11
const WEIGHT = 500
const GAP = 11
const LINE = 15

/**
 * Flows names into lines no wider than `width`: {names: [{text, x, y}], height}, `y` the baseline
 * below the legend's top. Pure.
 */
export function flowNames(names, width, measure) {
  let [x, line] = [0, 0]
  const placed = names.map((text) => {
    const wide = measure(text, SIZE, WEIGHT)
    if (x > 0 && x + wide > width) [x, line] = [0, line + 1]
    const place = {text, x, y: (line + 1) * LINE}
    x += wide + GAP
    return place
  })
  return {names: placed, height: names.length ? (line + 1) * LINE + 6 : 0}
}

/** Lays out the legend of the tags that occur, and shortens the clouds' column by its height. */
export function takeLegend(column, vocabulary, look, measure) {
  const occurring = new Set(vocabulary.tags)
  const tags = Object.keys(look.tag_names).filter((tag) => look.by_tag && occurring.has(tag))
  const names = tags.map((tag) => look.tag_names[tag])
  const legend = {tags, ...flowNames(names, column.width + column.sagitta, measure)}
  column.height -= legend.height
  return legend
}

/** Writes every name in its colour below the clouds' column. */
export function drawTags(group, {names, tags}, look, {left, top, height}) {
  group.replaceChildren()
  names.forEach(({text, x, y}, i) => {
    const style = `fill: ${look.tags[tags[i]]}`
    svg(group, "text", {"class": "tag", "data-tag": tags[i], "x": left + x, "y": top + height + y, style}, text)
  })
}

/** Fades the words of other kinds, because colours of kinds can look alike; null fades none. */
export function lightKind(kind, clouds, tagOf) {
  for (const {parts} of clouds) {
    for (const [id, word] of parts.kept) word.classList.toggle("faded", kind !== null && tagOf(id) !== kind)
  }
}
