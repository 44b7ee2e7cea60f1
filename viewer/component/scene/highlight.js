/** Which clusters a focus ({kind: "chip" or "cloud", cluster}, or null) highlights. */

import {selectLinks, shownRange} from "./links.js"

/** Whether two foci are the same; null is none. */
export function sameFocus(one, other) {
  return one === other || (one?.kind === other?.kind && one?.cluster === other?.cluster)
}

/** The focus that “chip~4” or “cloud~2” names; null for an empty text. */
export function readPin(text) {
  const [kind, number] = text.split("~")
  return text ? {kind, cluster: Number(number) - 1} : null
}

/** The text that names a focus: the inverse of readPin. */
export function pinName(focus) {
  return focus ? `${focus.kind}~${focus.cluster + 1}` : ""
}

/** The other end of every link of the focus, in the links' order. */
function linkedTo(focus, links) {
  const [own, other] = focus.kind === "chip" ? ["units", "words"] : ["words", "units"]
  return links.filter((link) => link[own] === focus.cluster).map((link) => link[other])
}

/** Clusters that are the focus or linked to it: {chips: Set, clouds: Set}. */
export function reached(focus, links) {
  if (!focus) return {chips: new Set(), clouds: new Set()}
  const [own, linked] = [new Set([focus.cluster]), new Set(linkedTo(focus, links))]
  return focus.kind === "chip" ? {chips: own, clouds: linked} : {chips: linked, clouds: own}
}

/** The clouds that a pinned chip or cloud expands, those with the strongest links first. */
export function grownBy(focus, {clusters, look}) {
  if (!focus) return new Set()
  if (focus.kind === "cloud") return new Set([focus.cluster])
  return new Set(linkedTo(focus, selectLinks(clusters, shownRange(look, clusters), focus).reverse()))
}

/** Marks nodes `on` that belong to the focus; the root's class `focused` dims the others. */
export function applyFocus(root, focus, {links, chips, clouds}) {
  root.classList.toggle("focused", focus !== null)
  const lit = reached(focus, links)
  for (const [cluster, node] of chips) node.classList.toggle("on", lit.chips.has(cluster))
  for (const [cluster, node] of clouds) node.classList.toggle("on", lit.clouds.has(cluster))
  const ends = focus?.kind === "chip" ? "units" : "words"
  for (const link of links) link.node.classList.toggle("on", link[ends] === focus?.cluster)
}

/** Marks the nodes of a cluster as the pair of what is lit in the other pane; null or one without a
 * pair marks none. */
export function applyPartner(cluster, jaccard, kinds) {
  const pair = cluster !== null && jaccard && !Number.isNaN(jaccard[cluster]) ? cluster : null
  for (const nodes of kinds) {
    for (const [own, node] of nodes) node.classList.toggle("partner", own === pair)
  }
}
