/** What lights up and what steps back when a chip or a cloud is pointed at. */

/** Clusters reached from a focus through the links drawn: {chips: Set, clouds: Set}. */
export function reached(focus, links) {
  const chips = new Set(focus.kind === "chip" ? [focus.cluster] : [])
  const clouds = new Set(focus.kind === "cloud" ? [focus.cluster] : [])
  for (const link of links) {
    if (focus.kind === "chip" && link.units === focus.cluster) clouds.add(link.words)
    if (focus.kind === "cloud" && link.words === focus.cluster) chips.add(link.units)
  }
  return {chips, clouds}
}

/** Whether two foci are the same; null is none. */
export function sameFocus(one, other) {
  return one === other || (one?.kind === other?.kind && one?.cluster === other?.cluster)
}

function touches(focus, link) {
  return (focus.kind === "chip" ? link.units : link.words) === focus.cluster
}

/** Marks nodes `on` that belong to the focus; the root's class `focused` dims the others. */
export function applyFocus(root, focus, {links, chips, clouds}) {
  root.classList.toggle("focused", focus !== null)
  const lit = focus ? reached(focus, links) : {chips: new Set(), clouds: new Set()}
  for (const [cluster, node] of chips) node.classList.toggle("on", lit.chips.has(cluster))
  for (const [cluster, node] of clouds) node.classList.toggle("on", lit.clouds.has(cluster))
  for (const link of links) link.node.classList.toggle("on", focus !== null && touches(focus, link))
}
