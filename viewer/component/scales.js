/** Scales that the panes of a page share, so that a colour or a bar means the same in both. */

/** The largest of the panes' values; those who share it are told when it changes. */
export class SharedScale {
  constructor() {
    this.values = new Map()
  }

  get largest() {
    return Math.max(0, ...this.values.values())
  }

  /** Notes a pane's own value, null when it goes; `tell` is called with the others on a change. */
  note(pane, value, tell) {
    const before = this.largest
    if (value === null) this.values.delete(pane)
    else this.values.set(pane, value)
    if (this.largest === before) return
    for (const other of this.values.keys()) if (other !== pane) tell(other)
  }
}

/** The response at the ends of the colours, and the reach of the glyphs' bars. */
export const SCALES = {clip: new SharedScale(), extent: new SharedScale()}
