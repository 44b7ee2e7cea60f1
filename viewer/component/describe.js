/** What the tip says about the thing under the pointer. Pure: data in, a few lines of text out. */

import {percent, thoughtLines} from "./thoughts.js"

function signed(value, digits = 3) {
  return `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(digits)}`
}

function ofToken(sentence, position) {
  const word = sentence.words[position]
  const unknown = sentence.unknown.includes(position)
  const name = unknown ? `${word}, which is not in the vocabulary` : word
  return [name, ...thoughtLines(sentence, position)].join("\n")
}

function ofGlyph({sentences}, {sentence: index, position, cluster}) {
  const sentence = sentences[index]
  if (cluster === null) return ofToken(sentence, position)
  const word = sentence.words[position]
  const i = position * sentence.k + cluster
  const change = signed(sentence.positive_change[i] + sentence.negative_change[i])
  const state = `${signed(sentence.positive[i])} and ${signed(sentence.negative[i])}`
  const gate = sentence.keep ? `, keep gate at ${percent(sentence.keep[i])}` : ""
  const kept = `${percent(sentence.preserved[i])} preserved${gate}`
  return `${word}, cluster ${cluster + 1}\nper unit ${state}, changed by ${change}\n${kept}`
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
  const mean = `mean response ${signed(clusters.weight[i])}, of parts ${parts}`
  return `words ${words + 1} on units ${units + 1}\n${mean}`
}

/** The selected words and units in one line. */
export function describeSelection({vocabulary, selection, response}) {
  const {word, overlaid = [], unit, beside = []} = selection
  const nameOf = (id) => vocabulary.words[vocabulary.place.get(id)] ?? response.word
  const words = word === null ? [] : [word, ...overlaid].map((id) => `word ${nameOf(id)}`)
  const units = unit === null ? [] : [unit, ...beside].map((each) => `unit ${each}`)
  const all = [...words, ...units]
  return all.length ? `selected: ${all.join(", ")}` : "nothing is selected"
}

/** Some lines on a target of the pointer, or "". `data`: what the scene draws. */
export function describe(data, {word, unit, link, chip, cloud, glyph}) {
  if (glyph !== null) return ofGlyph(data, glyph)
  if (word !== null) return ofWord(data, word)
  if (unit !== null) return ofUnit(data, unit, chip)
  if (link !== null) return ofLink(data, link)
  const count = (members, cluster) => members.filter((member) => member === cluster).length
  if (chip !== null) return `cluster ${chip + 1}\n${count(data.clusters.unit_cluster, chip)} units`
  if (cloud === null) return ""
  return `cluster ${cloud + 1}\n${count(data.clusters.word_cluster, cloud)} words`
}

/** Whether the colours are a word's mean response, or what it did at one step. */
export function legendTitle({word, step}) {
  return step ? `what “${word}” did here` : `response to “${word}”`
}
