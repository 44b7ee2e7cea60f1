/** Says when the server does not answer any more, and loads the page again once it does. */

import {html} from "../scene/elements.js"

const RETRY_MS = 1000
const SMALL_FILE = "static/extensions/rnnvis/package.json"
const TEXT = "The viewer’s server does not answer: nothing that you click now has an effect. This "
  + "page loads again, with what it shows, as soon as the server is back (rnnvis view)."

async function answers() {
  try {
    return (await fetch(SMALL_FILE, {cache: "no-store"})).ok
  } catch {
    return false
  }
}

/**
 * While there is no connection shows a banner, and the page takes no clicks; calls `restore`, which undoes
 * what the server has not answered. Until the returned function is called.
 */
export function attendConnection(bokehDocument, restore) {
  const banner = html(document.body, "div", "disconnected")
  banner.role = "alert"
  let timer = null
  const retry = async () => {
    if (await answers()) location.reload()  // the address restores the view
    else timer = setTimeout(retry, RETRY_MS)
  }
  const report = () => {
    if (timer !== null) return
    banner.textContent = TEXT
    document.querySelector(".page").inert = true
    restore()
    timer = setTimeout(retry, RETRY_MS)
  }
  bokehDocument.on_event("connection_lost", report)
  window.addEventListener("offline", report)
  return () => {
    window.removeEventListener("offline", report)
    clearTimeout(timer)
    banner.remove()
  }
}
