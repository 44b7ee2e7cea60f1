/** What the network predicts at a word: the line under it, and the lines of the tooltip. Pure. */

const SMALLEST = 0.0005

/** A number with its sign: three digits after the point unless said, of a tiny one two that count. */
export function signed(value, digits) {
  const size = Math.abs(value)
  const tiny = digits === undefined && size > 0 && size < SMALLEST
  return `${value < 0 ? "−" : "+"}${tiny ? size.toPrecision(2) : size.toFixed(digits ?? 3)}`
}

/** A fraction as a percentage of about two significant digits. */
export function percent(fraction) {
  const value = 100 * fraction
  if (value > 0 && value < 0.01) return "<0.01 %"
  return `${value.toFixed(value < 0.1 ? 2 : value < 9.95 ? 1 : 0)} %`
}

/** The probability with a silenced chip and without it, and whether it fell or rose. */
function silencedAt({before, after}, position) {
  if (Number.isNaN(before[position])) return null
  const [from, to] = [before, after].map((chances) => percent(chances[position]))
  const sign = after[position] < before[position] ? "negative" : "positive"
  return {
    text: `${from.replace(" %", "")} → ${to}`,
    short: `${[before, after].map((chances) => whole(chances[position])).join("→")} %`,
    sign: from === to ? "" : sign, fraction: null,
  }
}

/** A fraction in whole percent, for where there is no room for more. */
function whole(fraction) {
  const value = Math.round(100 * fraction)
  return fraction > 0 && value === 0 ? "<1" : `${value}`
}

/**
 * The line under a word, {text, sign, fraction}, or null. For a language model the probability of
 * the word; for a classifier the word's contribution to the predicted class, and that class's
 * probability so far. With a silenced chip: that probability with the chip and without it, and
 * `short`, the same in whole percent.
 */
export function predictionAt({chances, margins, running, silenced}, position) {
  if (silenced?.after) return silencedAt(silenced, position)
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

function classLines({classes, favoured, added, margins, running, by}, position) {
  const size = classes.length
  const lines = classes.map((name, i) => `  ${signed(added[position * size + i], 2)}  ${name}`)
  const soFar = running ? [`${classes[favoured]} so far: ${percent(running[position])}`] : []
  const how = by ? `, by ${by}` : ""
  return [`adds ${signed(margins[position], 2)} towards ${classes[favoured]}${how}`, ...lines, ...soFar]
}

/** Next words, or classes, with a silenced chip and without it, side by side. */
function silencedLines({before, after, expected, classes}, position) {
  if (classes) {
    return ["class\twith\twithout the chip", ...classes.map((each) =>
      `${each.name}\t${percent(each.before[position])}\t${percent(each.after[position])}`)]
  }
  const [intact, without] = expected.map((each) => nextWords(each, position))
  const own = Number.isNaN(before[position]) ? []
    : [`probability ${percent(before[position])}, ${percent(after[position])} without the chip`]
  return [...own, "predicted next\t\twithout the chip",
    ...intact.slice(1).map((line, i) => `${line}\t\t${without[i + 1].trim()}`)]
}

/** All predictions at a word, line by line. */
export function predictionLines(sentence, position) {
  if (sentence.silenced?.after) return silencedLines(sentence.silenced, position)
  if (sentence.margins) return classLines(sentence, position)
  if (!sentence.chances) return []
  const chance = sentence.chances[position]
  const own = Number.isNaN(chance) ? [] : [`probability ${percent(chance)}`]
  return [...own, ...nextWords(sentence, position)]
}
