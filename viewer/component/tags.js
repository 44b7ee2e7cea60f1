/** The legend of the parts of speech, below the clouds. */

import {svg} from "./svg.js"

const SIZE = 11
const WEIGHT = 500
const GAP = 11
const LINE = 15

/**
 * Places names in lines no wider than `width`: {names: [{text, x, y}], height}, `y` the baseline
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

/** The tags that occur among the words, in the order of the theme: [tag]. */
export function tagsShown({tags}, look) {
  const occurring = new Set(tags)
  return look.by_tag ? Object.keys(look.tag_names).filter((tag) => occurring.has(tag)) : []
}

/** Writes every name in its colour. `legend`: of flowNames; `box`: {left, top} of the legend. */
export function drawTags(group, tags, legend, look, box) {
  group.replaceChildren()
  legend.names.forEach(({text, x, y}, i) => {
    const style = `fill: ${look.tags[tags[i]]}`
    svg(group, "text", {class: "tag", x: box.left + x, y: box.top + y, style}, text)
  })
}
