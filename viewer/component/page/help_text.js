/** The texts of the help panel. Pure. */

import {written} from "../scene/text.js"

const STATES = {
  cell: "the cell state c, the memory that the gates write and clear",
  cell_output: "the cell output tanh(c), of which the output gate makes h",
  memory: "what each head’s mean query reads of its matrix memory (and further readers, if there are any), linear in all that was written to it",
  readout: "the readout of the matrix memory by each word’s own query, before gate and norm",
  hidden: "the hidden state h, the layer's output after every word",
}

function layerName({layer, name, sizes}) {
  const layers = sizes.length
  if (layers === 1) return "its only layer"
  const position = {0: "next to the words", [layers - 1]: "the topmost"}[layer]
  const number = name === `layer ${layer}` ? name : `${name}, layer ${layer}`
  return `${number} of 0 to ${layers - 1}${position ? ` (${position})` : ""}`
}

function sizeOf(sizes) {
  const layers = `${sizes.length} layer${sizes.length > 1 ? "s" : ""}`
  const names = sizes.map(written)
  const units = new Set(sizes).size > 1 ? `${names.slice(0, -1).join(", ")} and ${names.at(-1)}` : names[0]
  return `${layers} of ${units} units`
}

function stateText({state, heads}) {
  const kind = heads ? {cell: "memory", hidden: "readout"}[state] ?? state : state
  return STATES[kind] ?? kind
}

/** Sentences on the network, layer and state that are shown. `of`: the component's `analysis`. */
export function whatIsShown(of) {
  const {attention = []} = of
  return [
    `${of.model} has ${sizeOf(of.sizes)} (cell: ${of.cell}). It was recorded while reading the `
      + `${of.split} split of ${of.dataset}.`,
    `The view shows ${layerName(of)}: ${stateText(of)}. Words and units form `
      + `${of.k} clusters; words are grouped ${of.grouped}.`,
    ...(attention.length ? [`Attention, in its depth at ${attention.join(", ")}, keeps words in a `
      + "memory of its own: it is not in this picture."] : []),
  ]
}

/**
 * Every mark: [kind of its sample, its name, its meaning]. `constants`: the component's; `silencing`:
 * why there are no bullets, if there are none.
 */
export function marksOf({limits, sections}, silencing = "") {
  return [
    ["response", "Response",
      "How a word changes a unit: the mean change of the unit’s value over all places where the word "
        + "was read. Orange is what drives a cell’s direction (of whole units, an increase), blue what "
        + "goes against it; the scale is below the chips."],
    ["chip", "Memory chip",
      "A cluster of directions of units (or of whole units), with its number. Click it to highlight its links and expand the clouds at "
        + "their other ends to all their words."],
    ["cell", "Cell",
      "A unit as it rises (▲) or as it falls (▼): affinity “signed” clusters both by themselves, so most "
        + "units are in two chips. Orange: the selected word, or word of a sentence, drives the unit "
        + "that way. Point at a cell to outline its twin; click it for the words that change the unit "
        + "most. “Look” can colour cells by half-life or saturation of their units instead."],
    ["square", "Square cell",
      "A whole unit, which the other affinities cluster, as the paper does. Orange is an increase, blue "
        + "a decrease."],
    ["cloud", "Word cloud",
      "A cluster of words; the larger a word, the more strongly it drives the cells of its chip. “+26” "
        + "counts words that do not fit or are weak: click it to show them. Click a word to select it, with Shift to compare up to "
        + `${limits.words} words.`],
    ["match", "Match",
      "In a comparison, the bar at a cloud’s edge: the fraction of its words that the cloud of the same "
        + "number in the other pane has too. Dashed: no cluster is left that it could match."],
    ["link", "Link",
      "The mean response of a chip’s cells to a cloud’s words: the wider the stronger. Orange: these "
        + "words do more of what the words of the chip’s own cloud do; blue: the opposite. Weak links "
        + "are hidden, initially those below a fifth of the strongest, of many clusters all but about three "
        + "a cluster; change the range under “Look”."],
    ["bullet", "Bullet",
      "What the network loses when the chip is silenced, its directions held at their means: the black "
        + "tick is the chip’s cost at the words of its own cloud (of a classifier, in log odds of the "
        + "class that loses most), the grey bar spans random sets of as many directions. A tick beyond "
        + `the bar says that the network needs this chip there. ${silencing}`.trim()],
    ["silence", "Silence",
      "Point at a chip or click it, then “silence”: the sentences are read again without it, and each "
        + "word shows its probability (of a classifier, that of the class so far) with the chip and "
        + "without it. A second click ends it."],
    ["pair", "Double link",
      "Orange next to blue: some cells are driven and others opposed, which a single mean would hide."],
    ["bar", "Glyph bar",
      "After a word of a sentence, one bar per chip, in their order. Above the line is how far its "
        + "directions are driven, so more of what its own cloud’s words do; below it, how far opposed. "
        + "Both are sums of states (of whole units: positive and negative ones) divided by the number "
        + "of cells. Where states hardly vary, the bars are states less their recorded mean, or changes; "
        + "“Bars show” says and changes it. A bar much longer than all "
        + "others is broken by a gap; point at it for its value."],
    ["hats", "Hats",
      "What this word changed: gains inside the bar, losses outside. Orange moves the chip the way of "
        + "its own cloud’s words, blue the opposite way. Of a matrix memory (Mamba, gated delta net, …) both "
        + "are known: inside is what the word wrote, outside, faint, what was lost by decay and by erasing."],
    ["control", "Control chart",
      "How much of a cluster’s state was preserved from the previous word, from none (bottom) to all "
        + "(top). The optional dash is the mean of its keep gate (forget or update gate). Of a matrix "
        + "memory it is how much of the state before the word was left after the loss, and a gate is a "
        + "head’s: all its units share it."],
    ["chance", "Prediction",
      "Below a word of a sentence. Language model: the probability of this word, as a percentage and a "
        + "bar. Classifier: the word’s contribution for (+) or against (−) the predicted class, and that "
        + "class’s probability so far as a bar. Contributions are by state changes, the share of the logit "
        + "that came with the word (paper, Eq. 3), or by integrated gradients: how the logit grows with the "
        + "word as all words grow from nothing, which agrees better with what deleting it does. Point at the word for details."],
    ["unknown", "Dotted word",
      "A word of your sentence outside the network’s vocabulary; the network reads its unknown-word "
        + "token instead."],
    ["step", "Links of a step",
      "From a selected word of a sentence to the chips that it changed most, wide for large changes; "
        + "dashed for words of other sentences that Shift adds, which rows below subtract. "
        + "The thin line in the response chart is the change at this step."],
    ["strip", "Strip",
      "The whole sentence, with the part in view. Drag over words or over the strip to zoom in, "
        + "double-click to zoom out, scroll with the wheel."],
    ["empty", "Dashed frame", "A chip without cells, or a cloud without words."],
    ["line", "Response chart",
      "The response of all units to the selected word: the line is the mean, the bands span 25–75 % and "
        + "9–91 % of its occurrences. The title gives their number; few occurrences are weak evidence."],
    ["box", "Box",
      "A word’s responses in the selected unit: box 25–75 %, whiskers 9–91 %, median bar."],
    ["spread", "Distribution",
      `Page “${sections.units}”: the distributions of a unit’s values, changes and gates over all `
        + "recorded words."],
    ["saturation", "Gates of a layer",
      `Page “${sections.units}”: one dot per unit. Further right, its gate is closed (below 0.1) more `
        + "often; further up, open (above 0.9) more often. Click a dot to select the unit."],
    ["heads", "Heads of a memory",
      `Page “${sections.heads}”, of networks that remember in matrices (Mamba-2, gated delta net, …): how `
        + "much of what each head reads out its readers explain, which is all that the picture shows, "
        + "how long it remembers, and what a selected unit holds after a selected word, a bar a key channel."],
    ["pattern", "Pattern",
      `Page “${sections.patterns}”: the recorded stretches of text that left the memory most like the words `
        + "up to the selected step. All units are compared, or those of the highlighted chip, or the selected "
        + "ones; the number is the distance, in standard deviations of each unit."],
    ["table", "Table",
      `Page “${sections.tables}”: all words, units and chips. Click a heading to sort, write above a column to `
        + "filter (a part of a text, >50, <10 %), click a row to select. A word’s stability is the fraction of "
        + "its chip’s cells that at least three quarters of its occurrences drive. Click the name of a chip to "
        + "name its cluster; the name belongs to its words and cells, and stays with them."],
    ["view", "Named view",
      `Page “${sections.views}”: a name and a note for what is shown, under a short address. Everybody who uses `
        + "the same storage sees them."],
    ["finding", "Finding",
      "A claim of the paper, measured on this network. The dot is the measurement, the bar its 95 % "
        + "interval; the claim is supported if the whole bar is beyond the vertical line. Click it for "
        + "an explanation."],
  ]
}
