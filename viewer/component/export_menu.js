/** The export menu in the corner of the view: pictures are drawn here, files come from the server. */

import {html} from "./svg.js"

/** The forms that need no server. */
export const PICTURES = ["svg", "png"]
const DRAWN = [...PICTURES, "charts"]

export class ExportMenu {
  /** `pictured(form)` saves the picture, `asked(form)` asks the server for a file. */
  constructor(root, {pictured, asked}) {
    this.choose = (form) => (DRAWN.includes(form) ? pictured(form) : asked(form))
    this.node = html(root, "details", "exports")
    html(this.node, "summary", "", "Export")
    this.list = html(this.node, "div", "forms")
    this.refusal = html(this.node, "p", "refusal")
    this.refusal.role = "status"
    this.node.addEventListener("keydown", (event) => event.key === "Escape" && this.close())
    this.node.addEventListener("focusout", ({relatedTarget}) => {
      if (relatedTarget && !this.node.contains(relatedTarget)) this.close()
    })
  }

  /** Lists what can be had: [form, label] each. */
  offer(forms) {
    this.list.replaceChildren()
    for (const [form, label] of forms) {
      const button = html(this.list, "button", "", label)
      button.addEventListener("click", () => {
        this.close()
        this.choose(form)
      })
    }
  }

  /** Says why there is no file. */
  refuse(text) {
    this.refusal.textContent = text
    this.node.open = true
    this.node.querySelector("summary").focus() // so that Escape closes it
  }

  close() {
    this.node.open = false
    this.refusal.textContent = ""
  }
}
