/** The export menu in the corner of the view: pictures are drawn here, files come from the server. */

import {isKey} from "../input/keys.js"
import {button, html} from "../scene/elements.js"

export class ExportMenu {
  /** `drawn(form)` saves what the browser draws, `requested(form)` requests a file of the server. */
  constructor(root, {drawn, requested}) {
    Object.assign(this, {drawn, requested, node: html(root, "details", "exports")})
    html(this.node, "summary", "", "Export")
    this.list = html(this.node, "div", "forms")
    this.refusal = Object.assign(html(this.node, "p", "refusal"), {role: "status"})
    this.node.addEventListener("keydown", (event) => isKey(event, "release") && this.close())
    this.node.addEventListener("focusout", ({relatedTarget}) => {
      if (relatedTarget && !this.node.contains(relatedTarget)) this.close()
    })
  }

  /** Lists the available forms: [form, label, maker] each, the maker "server" or else the browser. */
  offer(forms) {
    this.list.replaceChildren()
    for (const [form, label, maker] of forms) {
      button(this.list, label, () => {
        this.close()
        if (maker === "server") this.requested(form)
        else if (maker === "link") this.copyLink()
        else this.drawn(form)
      })
    }
  }

  /** Copies the address of the view; without a clipboard, as on pages without https, shows it. */
  async copyLink() {
    const {href} = location
    const isCopied = await navigator.clipboard?.writeText(href).then(() => true, () => false)
    this.refuse(isCopied ? "The link is copied." : href)
  }

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
