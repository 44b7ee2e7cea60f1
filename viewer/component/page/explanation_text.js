/** The page “How it works”: headings, paragraphs, equations and the names of figures. Pure. */

/** [kind, text] each; a "figure" is drawn by explanation.js from what the page shows. */
export const EXPLANATION = [
  ["h3", "What a recurrent network remembers"],
  ["p", "A recurrent network reads a text word by word. After each word it holds a state: a list of "
    + "numbers, one for each of its units. The state is all that it knows of what it has read, and "
    + "from it the network predicts the next word, or the class of the text. RNNVis asks "
    + "what each unit stands for: which words change it, and how?"],
  ["h3", "1. The response to a word"],
  ["p", "Every word that is read changes the state a little. Take one word, look up every place where it "
    + "was read, and average the changes. That is the word’s expected response, a number for each unit:"],
  ["equation", "s(w) = mean of (hₜ − hₜ₋₁) over all steps t at which w is read"],
  ["p", "A positive number says that the word makes the unit rise, a negative one that it makes it fall. "
    + "Here are the responses of all units to the word that is selected now, sorted; most are close to "
    + "zero, and the few at the two ends are what the word does:"],
  ["figure", "response"],
  ["h3", "2. Words and units that belong together"],
  ["p", "With hundreds of words and units, single numbers say little. Words that do the same to the same "
    + "units are put into one cloud, and those units into one chip, both at once, by spectral "
    + "co-clustering. Whether a unit rises or falls for something is a convention of the network, so by "
    + "default each unit is dealt twice, once as it rises (▲) and once as it falls (▼). A chip holds such "
    + "directions; the two of a unit are usually in two chips."],
  ["p", "A chip is a cluster, not a layer. All chips of a picture are parts of one layer, which you choose at "
    + "the left. Chips are not wired to each other, and a chip above another is "
    + "not nearer to the words. The number of chips is your choice too."],
  ["h3", "3. Links"],
  ["p", "How strongly does a cloud drive a chip? Average the responses of the cloud’s words W over the chip’s "
    + "cells H, each counted in its own direction d:"],
  ["equation", "E(W, H) = mean of d · s(w) over all words w in W and cells in H"],
  ["p", "Each link is one such number: orange where these words do more of what the chip’s own words do, blue "
    + "where they do the opposite. All of them together, a row for each cloud and a column for each chip; on the "
    + "diagonal stand the pairs that were found together:"],
  ["figure", "links"],
  ["h3", "4. Reading a sentence"],
  ["p", "For a single sentence nothing is averaged over places. After each word, a bar for each chip says how far "
    + "its directions are driven (up) or opposed (down), and its hats what this word changed. The small chart over "
    + "the bars says how much of the chip’s state was preserved from the word before:"],
  ["equation", "β = Σ |sₜ₋₁| · clip(sₜ / sₜ₋₁, 0, 1), divided by Σ |sₜ|"],
  ["p", "The bars of the first sentence that is shown, word by word, for the chip that moves most:"],
  ["figure", "sentence"],
  ["h3", "5. Does the network need it?"],
  ["p", "What a chip responds to is not yet what it is good for. So each chip is silenced: its directions are held at "
    + "their means while the network reads on. The tick next to a chip is what that costs at the words of its "
    + "own cloud; the grey bar spans what random sets of as many directions cost. A tick to the right of the bar says that "
    + "the network needs this chip there; a tick within it, that any others would have done."],
  ["h3", "What to be careful about"],
  ["p", "A few occurrences make a weak mean. Clusters are found in random data too: the card at the left compares "
    + "theirs with chance. Two trainings of one network deal out their units differently, so compare what the "
    + "clouds say and not the numbers of units. And a word has one mean, but many meanings: the list of places "
    + "shows them one by one."],
  ["p", "The method is that of Ming et al., Understanding Hidden Memories of Recurrent Neural Networks (IEEE VAST 2017); "
    + "directions and silencing are additions of RNNVis."],
]
