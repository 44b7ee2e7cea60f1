/** The lines over a sentence: its name, what became of it, remarks, and what can be clicked. */

import {html} from "./svg.js"

export class SentenceHead {
  constructor(root) {
    this.node = html(root, "div", "sentence-head")
    const line = html(this.node, "div", "name")
    this.name = html(line, "span", "title")
    this.remove = html(line, "button", "remove", "×")
    this.verdict = html(this.node, "div", "verdict")
    this.remark = html(this.node, "div", "remark")
    this.whole = html(this.node, "button", "whole")
  }

  /** Fills the head of the sentence at `index` and returns its height; `stretch` is zoomed to. */
  draw({title, verdict, note, words}, {index, box, stretch}) {
    this.name.textContent = title
    this.verdict.textContent = verdict
    this.remark.textContent = note
    this.whole.textContent = stretch
      ? `words ${stretch.from + 1} to ${stretch.to + 1} of ${words.length}: show all` : ""
    this.remove.dataset.remove = this.whole.dataset.whole = index
    this.remove.ariaLabel = `Remove ${title}: ${words.slice(0, 8).join(" ")}`
    Object.assign(this.node.style, {
      left: `${box.left}px`, top: `${box.top}px`, width: `${box.width}px`,
      maxHeight: `${box.height}px`,
    })
    return this.node.offsetHeight
  }
}
