/** The elements of the main view, created once, from back to front. */

import {SentenceColumn} from "../sentence/sentence_column.js"
import {html, svg} from "./elements.js"

/** Appends all elements to `root`; returns them by what they hold. */
export function makeLayers(root) {
  const picture = svg(root, "svg", {class: "picture"})
  const layer = (name) => svg(picture, "g", {class: name})
  return {
    picture,
    layers: {
      link: {node: layer("links"), links: []},
      chip: {node: layer("chips"), kept: new Map()},
      cloud: {node: layer("clouds"), kept: new Map()},
    },
    heads: layer("heads"),
    sentence: new SentenceColumn(picture, root),
    legend: layer("legend"),
    tagNames: layer("tags"),
    matchLegend: layer("match-legend"),
    canvas: html(root, "canvas", "cells"),
    outside: html(root, "div", "outside"),
    message: html(root, "div", "message"),
    tip: html(root, "div", "tip"),
    live: Object.assign(html(root, "div", "live"), {ariaLive: "polite"}), // for screen readers
  }
}
