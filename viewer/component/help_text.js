/** What the help panel says: what is looked at, what every mark means, which keys there are. Pure. */

const CELLS = {
  rnn: "a plain recurrent network",
  rnn_relu: "a plain recurrent network (ReLU)",
  lstm: "an LSTM",
  lstm_projected: "an LSTM with projections",
  gru: "a GRU",
}
const NETWORK = "a recurrent network"
const STATES = {
  cell: "its cell state c, the memory that the gates write and clear",
  hidden: "its hidden state h, what the layer hands on after every word",
}
const AFFINITIES = {
  positive: "by the units that they push up",
  negative: "by the units that they push down",
  absolute: "by the units that they move, up or down",
  shifted: "by their responses, shifted above zero",
}

function layerName({layer, name, sizes}) {
  const layers = sizes.length
  if (layers === 1) return "its only layer"
  const place = {0: "next to the words", [layers - 1]: "the topmost"}[layer]
  const number = name === `layer ${layer}` ? name : `${name}, layer ${layer}`
  return `${number} of 0 to ${layers - 1}${place ? ` (${place})` : ""}`
}

function sizeOf(sizes) {
  const layers = `${sizes.length} layer${sizes.length > 1 ? "s" : ""}`
  const units = new Set(sizes).size > 1 ? `${sizes.slice(0, -1).join(", ")} and ${sizes.at(-1)}` : sizes[0]
  return `${layers} of ${units} units`
}

/** Two sentences on which network, layer and state are shown. `of`: the component's `analysis`. */
export function whatIsShown(of) {
  return [
    `${of.model} is ${CELLS[of.cell] ?? NETWORK} with ${sizeOf(of.sizes)}; it was recorded while it read the `
      + `${of.split} split of ${of.dataset}.`,
    `Shown is ${layerName(of)}, ${STATES[of.state] ?? of.state}. Words and units `
      + `are sorted into ${of.k} clusters: words stand together that move units alike, `
      + `${AFFINITIES[of.affinity] ?? of.affinity}.`,
  ]
}

/** Every mark: [kind of its sample, its name, what it means]. */
export const MARKS = [
  ["response", "Response",
    "How a word moves a unit: the mean change of the unit’s value over all places where the word "
      + "was read. Orange rises, blue falls; the scale is below the chips."],
  ["chip", "Memory chip",
    "A cluster of units, with its number. Click it: its links light up and the clouds that it is "
      + "linked to grow to show all their words."],
  ["cell", "Cell",
    "One unit. Its colour is its response to the selected word, or what a word of a sentence did to "
      + "it. Click it for the words that move it most."],
  ["cloud", "Word cloud",
    "A cluster of words. The larger a word, the nearer it is to the middle of its cluster. “+26” "
      + "counts words for which there is no room: one click shows them. Click a word to select it, "
      + "with Shift to lay up to three over each other."],
  ["link", "Link",
    "The mean response of a chip’s units to a cloud’s words: wide is strong, orange up, blue down. "
      + "The weakest are hidden, at first those under a fifth of the strongest; “Look” changes that."],
  ["pair", "Double link",
    "Orange beside blue: part of the units rise and part fall, so that the mean would hide both."],
  ["bar", "Glyph bar",
    "After a word of a sentence, one bar a cluster in the order of the chips: above the line the "
      + "positive states, below it the negative ones, summed and divided by the number of units. "
      + "With “Bars show changes”, what the word added and took instead. A bar that would dwarf all "
      + "others is cut by a gap; point at it for its value."],
  ["hats", "Hats",
    "What this word changed. Inside the bar it grew, outside it shrank; orange brings positive or "
      + "takes negative information, blue the other way."],
  ["control", "Control chart",
    "How much of a cluster’s state was kept from the word before: at the top all, at the foot none. "
      + "A dash, shown on request, is the mean of its keep gate."],
  ["chance", "What it thinks",
    "Under a word of a sentence. A language model: how likely it held this word to be, as a "
      + "percentage and a bar. A classifier: what the word adds for (+) or against (−) the class it "
      + "favours, and as a bar the class’s probability so far. Point at the word for more."],
  ["unknown", "Dotted word",
    "A word of your sentence that the network does not know; it reads its word for unknown ones."],
  ["step", "Links of a step",
    "From a selected word of a sentence to the chips that it moved most: wide is much, orange up, "
      + "blue down. The thin line in the response chart is what it did there."],
  ["strip", "Strip",
    "The whole sentence, and what of it is in view. Drag over words, or over the strip, to zoom in; "
      + "double-click to see all; the wheel moves on."],
  ["empty", "Dashed frame",
    "A cluster without units, or without words."],
  ["line", "Response chart",
    "The selected word over all units: the line is the mean, the bands hold 25–75 % and 9–91 % of "
      + "its occurrences. Few occurrences mean little: the count is in the title."],
  ["box", "Box",
    "A word’s responses in the selected unit: box 25–75 %, whiskers 9–91 %, the bar is the median."],
  ["spread", "Spread",
    "Page “Units”: how often a unit’s values, its changes and its gate take which size, over all "
      + "recorded words."],
  ["saturation", "Gates of a layer",
    "Page “Units”: a dot a unit, the further right the more often its gate is nearly shut (under "
      + "0.1), the higher the more often nearly open (over 0.9). Click a dot for the unit."],
  ["finding", "Finding",
    "What the paper says of such networks, measured on this one. The dot is the number, the bar its "
      + "95 % interval: the claim holds where the whole bar lies beyond the upright line. Click it to "
      + "read what the number means."],
]

export const KEYS = [
  ["?", "this help"],
  ["/", "find a word or a unit"],
  ["Tab", "next part of the page"],
  ["↑ ↓", "next chip, cloud, or word of a sentence"],
  ["← →", "walk the cells of a chip, the words of a cloud"],
  ["Page", "ten words of a sentence on or back"],
  ["Enter", "choose; with Shift, add"],
  ["Delete", "take the sentence away"],
  ["Esc", "let go; see the whole sentence; leave the presentation"],
]

/** The tour: [what is highlighted, its name, what to see there]. */
export const TOUR = [
  ["controls", "Choose what to look at",
    "The network, its layer and state, and how many clusters. Below stand the search line, the "
      + "sentences, and how the picture looks."],
  ["chips", "The memory, in chips",
    "Every square is one unit. Units that answer to the same words are packed into one chip."],
  ["clouds", "The words, in clouds",
    "Words that move the same units share a cloud; the clouds stand in the order of the chips. Click a "
      + "word."],
  ["chips", "Colours are responses",
    "With a word selected, every cell takes the colour of its response: orange where the word pushes "
      + "the unit up, blue where it pushes it down."],
  ["links", "Links tell who answers to whom",
    "Wide links are strong. Click a chip or a cloud to follow its own and to see all the words."],
  ["sentence", "A sentence, word by word",
    "A bar a cluster shows the state after each word, its hats what the word changed. Click a word to "
      + "see where its change went."],
  ["detail", "The numbers behind it",
    "Distributions of the selected words and units, with counts, so that no mean of three "
      + "occurrences passes for a fact."],
]
