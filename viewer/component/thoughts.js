/** What the network thinks at a word: one small line under it, and the lines of the tip. Pure. */

function signed(value, digits) {
  return `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(digits)}`
}

/** A share as a percentage of two figures or so. */
export function percent(share) {
  const value = 100 * share
  if (value > 0 && value < 0.01) return "<0.01 %"
  return `${value.toFixed(value < 0.1 ? 2 : value < 9.95 ? 1 : 0)} %`
}

/**
 * The line under a word: {text, sign, share}, or null. A language model's chance of the word; what
 * a word adds to a classifier's favoured class, and the class's probability so far.
 */
export function thoughtAt({chances, margins, running}, position) {
  if (chances) {
    const chance = chances[position]
    return Number.isNaN(chance) ? null : {text: percent(chance), sign: "", share: chance}
  }
  if (!margins) return null
  const margin = margins[position]
  return {
    text: signed(margin, 2),
    sign: margin < 0 ? "negative" : "positive",
    share: running ? running[position] : null,
  }
}

function nextWords({expected, probabilities}, position) {
  const top = expected[position]
  const lines = top.map((word, i) => `  ${percent(probabilities[position * top.length + i])}  ${word}`)
  return ["it expects next", ...lines]
}

function classLines({classes, favoured, added, margins, running}, position) {
  const size = classes.length
  const lines = classes.map((name, i) => `  ${signed(added[position * size + i], 2)}  ${name}`)
  const so = running ? [`${classes[favoured]} so far: ${percent(running[position])}`] : []
  return [`adds ${signed(margins[position], 2)} towards ${classes[favoured]}`, ...lines, ...so]
}

/** Everything that the network thinks at a word, line by line. */
export function thoughtLines(sentence, position) {
  if (sentence.margins) return classLines(sentence, position)
  if (!sentence.chances) return []
  const chance = sentence.chances[position]
  const came = Number.isNaN(chance) ? [] : [`expected with ${percent(chance)}`]
  return [...came, ...nextWords(sentence, position)]
}
