/** The key of the sentences' marks, under the title of their column. */

import {flowNames} from "../clouds/legend.js"
import {svg} from "../scene/elements.js"
import {firstFitting} from "../scene/text.js"

const SIZE = 11
const TITLE = 19 // pixels above the key
const MOST = 3 // lines
const BARS = {
  states: {
    directions: ["a chip’s state, up driven, down opposed", "up driven, down opposed"],
    units: ["a chip’s state, up plus, down minus", "up plus, down minus"],
  },
  deviations: ["a chip’s state, from its mean", "state less mean"],
}
const rect = (style, x, y, width, height) => ["rect", {class: style, x, y, width, height}]

/** By mark: the room of its sample in pixels, and the elements of that, drawn from a baseline. */
const SAMPLES = {
  bar: [11, [rect("mark bars", 0.5, -9, 6, 10), ["path", {class: "mark zeros", d: "M0.5 -3h6"}]]],
  solid: [14, [rect("mark positive", 0, -7, 5, 7), rect("mark negative", 5, -7, 5, 7)]],
  faint: [14, [rect("mark positiveLost", 0, -7, 5, 7), rect("mark negativeLost", 5, -7, 5, 7)]],
  control: [11, [["path", {class: "mark rulers", d: "M3.5 -10v11"}],
    ["path", {class: "mark shrinking", d: "M0.5 -9h6l-3 5Z"}]]],
  keep: [11, [["path", {class: "mark keeps", d: "M0 -4h7"}]]],
  gauge: [22, [rect("track", 0, -5, 18, 2.5), rect("gauge", 0, -5, 11, 2.5)]],
}

/** What is written under the words; the head of a sentence says which class its signs are for. */
function predicted({silenced, chances, running}) {
  if (silenced?.after) return [] // the head of the sentence says what these are
  if (chances) return [["gauge", ["chance, in %"]]]
  return running ? [["gauge", ["class’s chance so far", "chance so far"]]] : []
}

/** The key's entries, [mark, forms of its text] each, the longest form first. Pure. */
export function keyEntries(sentences, {bars, kind, keepShown}) {
  const first = sentences.find(({k}) => k)
  if (!first) return []
  const {written: stored, keep} = first
  const entries = bars === "changes" ? [] : [["bar", BARS[bars][kind] ?? BARS[bars]]]
  entries.push(["solid", stored ? ["what the word wrote", "written"] : ["rose, fell at the word", "rose, fell"]])
  if (stored) entries.push(["faint", ["lost"]])
  else if (bars !== "changes") entries.push(["faint", ["before it", "before"]])
  entries.push(["control", ["high: kept, low: lost", "high: kept"]])
  if (keep && keepShown) entries.push(["keep", ["keep gate"]])
  return [...entries, ...predicted(first)]
}

/**
 * The entries in lines no wider than `width`, shorter ones where they would take more than three:
 * {names: [{mark, text, x, y}], height}, `y` of a baseline, `height` with the title. Pure.
 */
export function layKey(entries, width, mirrored, measure, room = width) {
  if (!entries.length) return {names: [], height: 0}
  const lead = ([mark]) => SAMPLES[mark][0]
  const texts = entries.map((entry) => firstFitting(entry[1], SIZE, 400, room - lead(entry), measure))
  const widths = new Map(texts.map((text, i) => [text, lead(entries[i]) + measure(text, SIZE, 400)]))
  const {names, height} = flowNames(texts, width, (text) => widths.get(text))
  if (room && names.at(-1).y > MOST * names[0].y) return layKey(entries, width, mirrored, measure, 0)
  const ends = new Map(names.map(({text, x, y}) => [y, x + widths.get(text)]))
  return {
    height: TITLE + height,
    names: names.map(({text, x, y}, i) => ({
      mark: entries[i][0], text, y: TITLE + y, x: x + (mirrored ? Math.max(0, width - ends.get(y)) : 0),
    })),
  }
}

/** Draws a key in the column that begins at `left`. */
export function drawKey(group, {names}, left) {
  group.replaceChildren()
  for (const {mark, text, x, y} of names) {
    const [room, elements] = SAMPLES[mark]
    const entry = svg(group, "g", {transform: `translate(${left + x} ${y})`})
    for (const element of elements) svg(entry, ...element)
    svg(entry, "text", {class: "legend-note", x: room}, text)
  }
}
