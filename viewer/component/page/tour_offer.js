/** The offer of the tour, until it is answered in this browser: the style of the page's heading. */

import {recall, remember} from "./remembered.js"

const STORED = "rnnvis-tour"

export function offerTour() {
  document.documentElement.style.setProperty("--offer", recall(STORED) ? "none" : "block")
}

/** The tour was taken, or declined. */
export function endOffer() {
  remember(STORED, true)
  offerTour()
}
