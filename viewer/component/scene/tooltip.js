/** The text of the tooltip, of the live region and of the colour scale. Pure. */

import {percent, predictionLines, signed} from "../sentence/predictions.js"

function ofToken(sentence, position) {
  const word = sentence.words[position]
  const name = sentence.unknown.includes(position) ? `${word} (not in the vocabulary)` : word
  return [name, ...predictionLines(sentence, position)].join("\n")
}

function ofGlyph({sentences}, {sentence: index, position, cluster}) {
  const sentence = sentences[index]
  if (cluster === null) return ofToken(sentence, position)
  const i = position * sentence.k + cluster
  const change = signed(sentence.positive_change[i] + sentence.negative_change[i])
  const state = `${signed(sentence.positive[i])} and ${signed(sentence.negative[i])}`
  const gate = sentence.keep ? `, keep gate at ${percent(sentence.keep[i])}` : ""
  return [
    `${sentence.words[position]}, cluster ${cluster + 1}`,
    `per unit ${state}, changed by ${change}`,
    `${percent(sentence.preserved[i])} preserved${gate}`,
  ].join("\n")
}

function ofWord({vocabulary, look}, id) {
  const i = vocabulary.place.get(id)
  const tag = look.tag_names[vocabulary.tags[i]]
  return `${vocabulary.words[i]}${tag ? `, ${tag}` : ""}\n${vocabulary.counts[i]} occurrences`
}

function ofUnit({response}, unit, chip) {
  const value = response.values ? `\nresponse ${signed(response.values[unit])}` : ""
  return `unit ${unit}, cluster ${chip + 1}${value}`
}

function ofLink({clusters}, {words, units}) {
  const i = words * clusters.k + units
  const parts = `${signed(clusters.positive[i])} and ${signed(clusters.negative[i])}`
  return `words ${words + 1} → units ${units + 1}\n`
    + `mean response ${signed(clusters.weight[i])} (parts ${parts})`
}

function ofCluster(cluster, members, kind) {
  const count = members.filter((member) => member === cluster).length
  return `cluster ${cluster + 1}\n${count} ${kind}`
}

/** The lines about a target of the pointer or keyboard, or "". `data`: what the scene draws. */
export function describe(data, target) {
  const {word = null, unit = null, link = null, chip = null, cloud = null, glyph = null} = target
  if (glyph !== null) return ofGlyph(data, glyph)
  if (word !== null) return ofWord(data, word)
  if (unit !== null) return ofUnit(data, unit, chip)
  if (link !== null) return ofLink(data, link)
  if (chip !== null) return ofCluster(chip, data.clusters.unit_cluster, "units")
  return cloud === null ? "" : ofCluster(cloud, data.clusters.word_cluster, "words")
}

/** The selected words and units in one line. */
export function describeSelection({vocabulary, selection: {words, units}, response}) {
  const nameOf = (id) => vocabulary.words[vocabulary.place.get(id)] ?? response.word
  const names = [...words.map((id) => `word ${nameOf(id)}`), ...units.map((unit) => `unit ${unit}`)]
  return names.length ? `selected: ${names.join(", ")}` : "nothing is selected"
}

/** What the colours show: a word's mean response, or its effect at one step of a sentence. */
export function legendTitle({word, step}) {
  return step ? `effect of “${word}” at this step` : `response to “${word}”`
}
