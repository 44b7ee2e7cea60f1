/** The steps of the tour, about what the page shows. Pure. */

const NAMED = 3
const WRITTEN = /^\p{L}+$/u

const largest = (values, of) => values.reduce((best, each) => (of(each) > of(best) ? each : best))

/** The word of a sentence that changes the chips most, as its position. */
function tellingPosition({words, k, positive_change: up, negative_change: down}) {
  const change = (t) => Array.from({length: k}, (_, c) => Math.abs(up[t * k + c] + down[t * k + c]))
    .reduce((sum, each) => sum + each, 0)
  return largest(words.map((_, t) => t), change)
}

/** The clustered words that are written in letters, the largest first. */
function writtenWords({ids, words}, {word_cluster: clusterOf, size}) {
  return Array.from(ids ?? [], (id, i) => ({id, word: words[i], cluster: clusterOf?.[i], size: size?.[i]}))
    .filter(({word}) => WRITTEN.test(word)).sort((a, b) => b.size - a.size)
}

/**
 * What the tour clicks: the largest words of a cloud, if possible not that of the selected word, and the
 * word of the first sentence that changes most. `isLive`: a server answers.
 */
export function chosenFrom({vocabulary, clusters, sentences, selection}, isLive) {
  const [first] = sentences
  const isRead = Boolean(first?.k && first.words.length)
  const written = writtenWords(vocabulary, clusters)
  const selected = written.find(({id}) => id === selection.words[0])
  const {cluster} = written.find((each) => each.cluster !== selected?.cluster) ?? written[0] ?? {}
  return {
    cluster, k: clusters.k, isLive,
    words: written.filter((each) => each.cluster === cluster).slice(0, NAMED).map(({word}) => word),
    position: isRead ? tellingPosition(first) : null,
    canSilence: isLive && isRead && Boolean(clusters.silencing?.where), // where there is a network
    read: isRead ? first.words : [],
  }
}

const quoted = (words) => words.map((word) => `“${word}”`).join(", ")

/** Steps [{lit: selectors, title, text, asks: values of the address}] for what `chosenFrom` found. */
export function stepsFor({cluster, words, position, read, k, isLive, canSilence}) {
  const [number, word] = [cluster + 1, words[0]]
  const [chip, cloud] = ["chip", "cloud"].map((kind) => `.${kind}[data-${kind}="${cluster}"]`)
  const step = position === null ? {} : {step: `0~${position}`}
  return [
    [true, [".page > .controls"], "What is looked at",
      `A network, one of its layers, and its state. The tour clicks for you; ${
        isLive ? "at its end, all is as it was" : "you can close it at any time"}.`, {}],
    [words.length, [cloud], "A cloud of words",
      `Words that do the same to the memory are in one cloud, the strongest are the largest: in cloud ${number}, ${quoted(words)}.`,
      {pin: `cloud~${number}`}],
    [words.length, [chip], "Its chip of units",
      `Every triangle is a unit as it rises (▲) or falls (▼). Chip ${number} holds what cloud ${number} drives; `
        + "the wide link says how strongly.", {pin: `chip~${number}`}],
    [words.length, [".chips", cloud], "A word is clicked",
      `Cells are orange where “${word}” drives them, blue where it drives them the other way.`, {word}],
    [words.length, [".page > .detail"], "Its response, as a chart",
      `All units, sorted by what “${word}” changes in them on average; the bands show how its occurrences differ.`,
      {word, show: "responses"}],
    [position !== null, [".sentences", ".chips"], "A word in its sentence",
      `The sentence is read from top to bottom, with a bar for each chip. “${read[position]}” is clicked: lines lead to `
        + "the chips that it changes most.", step],
    [canSilence && words.length, [".sentences", chip], "A chip is silenced",
      `The sentence is read again without chip ${number}. Below each word stands what the network then `
        + "expects, and what it expected with the chip.", {silence: number, pin: `chip~${number}`}],
    [isLive && k, [".page > .main"], "Two are compared",
      "Another layer, state or model stands at the right as a mirror image. Clusters that match have the same number. "
        + "“Help” explains every mark.", {"right.k": k}],
  ].filter(([isOffered]) => isOffered).map(([, lit, title, text, asks]) => ({lit, title, text, asks}))
}
