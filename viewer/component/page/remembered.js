/** What a page remembers in this browser; without storage, no longer than the page. */

/** What was remembered under a name, or null. */
export function recall(name) {
  try {
    return JSON.parse(localStorage.getItem(name))
  } catch {
    return null // no storage, or not ours
  }
}

export function remember(name, value) {
  try {
    localStorage.setItem(name, JSON.stringify(value))
  } catch {
    // as said above
  }
}
