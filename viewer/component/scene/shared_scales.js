/** Scales common to the panes of a page, so that a colour or a bar means the same in both. */

class SharedScale {
  constructor() {
    this.values = new Map()
  }

  get largest() {
    return Math.max(0, ...this.values.values())
  }

  /** Records a pane's own value (null when it closes); a new maximum calls `redraw` with the others. */
  note(pane, value, redraw) {
    const before = this.largest
    if (value === null) this.values.delete(pane)
    else this.values.set(pane, value)
    if (this.largest === before) return
    for (const other of this.values.keys()) if (other !== pane) redraw(other)
  }
}

/** The response at the ends of the colour scale, and the extent of the glyphs' bars. */
export const SCALES = {clip: new SharedScale(), extent: new SharedScale()}
