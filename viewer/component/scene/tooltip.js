/** The text of the tooltip and of the live region. Pure. */

import {cellKind, cellName, clusterName} from "../chips/cell_names.js"
import {orient} from "../chips/chip_packing.js"
import {stepsOf} from "../input/selection.js"
import {effectRows} from "../sentence/step_effects.js"
import {percent, predictionLines, signed} from "../sentence/predictions.js"
import {counted} from "./text.js"

function ofToken(sentence, position) {
  const word = sentence.words[position]
  const name = sentence.unknown.includes(position) ? `${word} (not in the vocabulary)` : word
  return [name, ...predictionLines(sentence, position)].join("\n")
}

function ofGlyph({sentences, clusters}, {sentence: index, position, cluster}) {
  const [sentence, kind] = [sentences[index], cellKind(clusters)]
  if (cluster === null) return ofToken(sentence, position)
  const i = position * sentence.k + cluster
  const {written: stored, lost} = sentence
  const parts = stored ? `: ${signed(stored[i])} written, ${signed(lost[i])} lost` : ""
  const change = signed(sentence.positive_change[i] + sentence.negative_change[i])
  const state = `${signed(sentence.positive[i])} and ${signed(sentence.negative[i])}`
  const gate = sentence.keep
    ? `, keep gate${stored ? " (one a head)" : ""} at ${percent(sentence.keep[i])}` : ""
  return [
    `${sentence.words[position]}, ${clusterName(clusters, cluster)}`,
    `per ${kind.slice(0, -1)} ${state}, changed by ${change}${parts}`,
    `${percent(sentence.preserved[i])} ${stored ? "of the state before left" : "preserved"}${gate}`,
  ].join("\n")
}

/** What each selected step changed of a cluster, and how the others differ from the first. */
function ofEffect({sentences, selection, clusters}, cluster) {
  const lines = effectRows(sentences, stepsOf(selection)).map(({name, values}) =>
    `${signed(values[cluster])}  ${name}`)
  return [`${clusterName(clusters, cluster)}, changed by`, ...lines].join("\n")
}

/** The sub-words of the i-th word, if it has several. */
function ofPieces(data, i) {
  const {pieces} = measuresOf(data)
  const place = pieces?.places?.indexOf(i) ?? -1
  if (place < 0) return ""
  const parts = pieces.texts[place].split("\n")
  return `\n${parts.length} sub-words: ${parts.join(" · ")}\nits response is the change over all of them`
}

function ofWord(data, id) {
  const {vocabulary, look} = data
  const i = vocabulary.place.get(id)
  const tag = look.tag_names[vocabulary.tags[i]]
  return `${vocabulary.words[i]}${tag ? `, ${tag}` : ""}\n${counted(vocabulary.counts[i], "occurrences")}${ofPieces(data, i)}`
}

/** The chip of the other direction of a cell's unit, in words; "" of a whole unit. */
function ofTwin({clusters}, {unit, direction}) {
  if (!direction) return ""
  const twin = clusters.unit.findIndex(
    (other, i) => other === unit && clusters.direction[i] === -direction)
  const does = direction > 0 ? "falls" : "rises"
  return `\n${does} in ${clusterName(clusters, clusters.unit_cluster[twin])}`
}

/** How the units that are shown move, and sub-words; nothing until it arrives, after the picture is
 * drawn. */
export function measuresOf({measures, vocabulary}) {
  return measures?.key === vocabulary.key ? measures ?? {} : {}
}

/** How a cell's unit moves, of what is known of it. */
function ofMoves(data, unit) {
  const measures = measuresOf(data)
  const [life, fraction] = ["half-life", "saturation"].map((name) => measures[name]?.values[unit])
  const parts = [
    Number.isFinite(life) ? `half-life ${life.toFixed(1)} steps` : "",
    Number.isFinite(fraction) ? `${percent(fraction)} saturated` : "",
  ].filter(Boolean)
  return parts.length ? `\n${parts.join(", ")}` : ""
}

/** How a word drives a direction; of a whole unit, its response. */
function ofResponse({response}, cell) {
  if (!response.values) return ""
  const value = response.values[cell.unit]
  const way = orient(value, cell) < 0 ? "against" : "along"
  return `\nresponse ${signed(value)}${cell.direction && value ? `, ${way} this direction` : ""}`
}

function ofCell(data, cell, chip) {
  const moves = ofMoves(data, cell.unit)
  return `${cellName(cell)}, ${clusterName(data.clusters, chip)}${ofResponse(data, cell)}${ofTwin(data, cell)}${moves}`
}

function ofLink({clusters}, {words, units}) {
  const i = words * clusters.k + units
  const parts = `${signed(clusters.positive[i])} and ${signed(clusters.negative[i])}`
  return `words ${words + 1} → chip ${units + 1}\n`
    + `mean response ${signed(clusters.weight[i])} (parts ${parts})`
}

function ofCluster(clusters, cluster, members, kind) {
  const count = members.filter((member) => member === cluster).length
  return `${clusterName(clusters, cluster)}\n${count ? counted(count, kind) : `no ${kind}`}`
}

/** A chip's number and size, how its units move, and what silencing it costs. */
function ofChip({clusters}, chip) {
  const cost = clusters.silencing.texts?.[chip] ?? ""
  const size = ofCluster(clusters, chip, clusters.unit_cluster, cellKind(clusters))
  return [size, clusters.moves?.[chip], cost].filter(Boolean).join("\n")
}

/** The lines about a target of the pointer or keyboard, or "". `data`: what the scene draws. */
export function describe(data, target) {
  const {
    word = null, cell = null, bullet = null, link = null, chip = null, cloud = null, glyph = null, match = null, effect = null,
  } = target
  if (glyph !== null) return ofGlyph(data, glyph)
  if (word !== null) return ofWord(data, word)
  if (effect !== null) return ofEffect(data, effect)
  if (match !== null) return `${clusterName(data.clusters, match)}\n${data.match.texts[match]}`
  if (bullet !== null) return data.clusters.silencing.texts[bullet]
  if (cell !== null) return ofCell(data, cell, chip)
  if (link !== null) return ofLink(data, link)
  if (chip !== null) return ofChip(data, chip)
  return cloud === null ? "" : ofCluster(data.clusters, cloud, data.clusters.word_cluster, "words")
}

/** The selected words and units in one line. */
export function describeSelection({vocabulary, selection: {words, units}, response}) {
  const nameOf = (id) => vocabulary.words[vocabulary.place.get(id)] ?? response.word
  const names = [...words.map((id) => `word ${nameOf(id)}`), ...units.map((unit) => `unit ${unit}`)]
  return names.length ? `selected: ${names.join(", ")}` : "nothing is selected"
}
