/** What the network predicts at a word: the line under it, and the lines of the tooltip. Pure. */

export function signed(value, digits = 3) {
  return `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(digits)}`
}

/** A fraction as a percentage of about two significant digits. */
export function percent(fraction) {
  const value = 100 * fraction
  if (value > 0 && value < 0.01) return "<0.01 %"
  return `${value.toFixed(value < 0.1 ? 2 : value < 9.95 ? 1 : 0)} %`
}

/**
 * The line under a word, {text, sign, fraction}, or null. For a language model the probability of
 * the word; for a classifier the word's contribution to the predicted class, and that class's
 * probability so far.
 */
export function predictionAt({chances, margins, running}, position) {
  if (chances) {
    const chance = chances[position]
    return Number.isNaN(chance) ? null : {text: percent(chance), sign: "", fraction: chance}
  }
  if (!margins) return null
  const margin = margins[position]
  return {
    text: signed(margin, 2),
    sign: margin < 0 ? "negative" : "positive",
    fraction: running ? running[position] : null,
  }
}

function nextWords({expected, probabilities}, position) {
  const top = expected[position]
  const lines = top.map((word, i) => `  ${percent(probabilities[position * top.length + i])}  ${word}`)
  return ["predicted next", ...lines]
}

function classLines({classes, favoured, added, margins, running}, position) {
  const size = classes.length
  const lines = classes.map((name, i) => `  ${signed(added[position * size + i], 2)}  ${name}`)
  const soFar = running ? [`${classes[favoured]} so far: ${percent(running[position])}`] : []
  return [`adds ${signed(margins[position], 2)} towards ${classes[favoured]}`, ...lines, ...soFar]
}

/** All predictions at a word, line by line. */
export function predictionLines(sentence, position) {
  if (sentence.margins) return classLines(sentence, position)
  if (!sentence.chances) return []
  const chance = sentence.chances[position]
  const own = Number.isNaN(chance) ? [] : [`probability ${percent(chance)}`]
  return [...own, ...nextWords(sentence, position)]
}
