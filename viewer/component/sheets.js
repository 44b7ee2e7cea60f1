/** The elements of the main view, made once, in the order in which they lie on each other. */

import {SentenceColumn} from "./sentences.js"
import {html, svg} from "./svg.js"

/** What speaks to those who do not see the picture. */
function makeLive(root) {
  const live = html(root, "div", "live")
  live.ariaLive = "polite"
  return live
}

/** Appends all elements to `root`; returns them by what they hold. */
export function makeSheets(root) {
  const picture = svg(root, "svg", {class: "picture"})
  const layer = (name) => svg(picture, "g", {class: name})
  return {
    picture,
    layers: {
      links: {node: layer("links"), links: []},
      chips: {node: layer("chips"), chips: new Map()},
      clouds: {node: layer("clouds"), clouds: new Map()},
    },
    heads: layer("heads"),
    sentence: new SentenceColumn(picture, root),
    legend: layer("legend"),
    tagNames: layer("tags"),
    canvas: html(root, "canvas", "cells"),
    message: html(root, "div", "message"),
    tip: html(root, "div", "tip"),
    live: makeLive(root),
  }
}
