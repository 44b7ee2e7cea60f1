/** Every key that the page answers, by its action, and how the help panel lists it. */

const KEYS = {
  help: {keys: ["?"], label: "?", does: "open this help"},
  find: {keys: ["/"], label: "/", does: "find a word or a unit"},
  tab: {keys: ["Tab"], label: "Tab", does: "go to the next part of the page"},
  along: {
    keys: ["ArrowUp", "ArrowDown"], label: "↑ ↓",
    does: "go to the next chip, cloud, or word of a sentence",
  },
  across: {
    keys: ["ArrowLeft", "ArrowRight"], label: "← →",
    does: "walk through the cells of a chip or the words of a cloud",
  },
  page: {keys: ["PageUp", "PageDown"], label: "Page", does: "move ten words in a sentence"},
  ends: {keys: ["Home", "End"], label: "Home End", does: "go to the first or the last"},
  choose: {keys: ["Enter", " "], label: "Enter", does: "select; with Shift, add to the selection"},
  silence: {keys: ["s"], label: "s", does: "silence the chip, and read the sentences without it"},
  remove: {keys: ["Delete"], label: "Delete", does: "remove the sentence"},
  release: {
    keys: ["Escape"], label: "Esc",
    does: "release the focus; show the whole sentence; leave the presentation",
  },
}

/** Whether an event is of a key of any of these actions. */
export function isKey(event, ...actions) {
  return actions.some((action) => KEYS[action].keys.includes(event.key))
}

/** The keys' labels and what they do, for the help panel. */
export const KEY_HELP = Object.values(KEYS).map(({label, does}) => [label, does])

/** Whether the event's text is typed into a field, so that a letter is no command. */
export function isTyping(event) {
  const node = event.composedPath()[0]
  return /^(INPUT|TEXTAREA|SELECT)$/.test(node?.tagName ?? "") || Boolean(node?.isContentEditable)
}
