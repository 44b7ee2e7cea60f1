/** Draws links, chips and clouds as SVG from what the pure modules computed. */

import {BULLET_ROOM, bulletBox, bulletMarks} from "../chips/bullets.js"
import {cellKind, clusterName} from "../chips/cell_names.js"
import {drawMatch, makeMatch} from "../clouds/match_marks.js"
import {keyed, set, svg} from "./elements.js"
import {headings, placeHeads} from "./headings.js"
import {linkOpacity, linkPath, linkStrokes} from "./links.js"
import {behind, frontEdge} from "./mirror.js"
import {counted, written} from "./text.js"

const CORNER = 5
const LONGEST_NAME = 26

/** A link between the facing edges of chip and cloud, with a wider path to point at. */
function drawLink(parent, link, {frame, packing, clouds}) {
  const [chip, cloud] = [packing.chips[link.units], clouds[link.words]]
  const ends = [
    frontEdge(chip, frame.mirrored) + (frame.mirrored ? -BULLET_ROOM : BULLET_ROOM), chip.y + chip.height / 2,
    behind(cloud, 0, frame.mirrored), cloud.y + cloud.height / 2,
  ]
  const node = svg(parent, "g", {
    class: "link", "data-words": link.words, "data-units": link.units,
    "stroke-opacity": linkOpacity(link.strength),
  })
  svg(node, "path", {class: "reach", d: linkPath(...ends)})
  for (const {sign, d, width} of linkStrokes(link, ends)) {
    svg(node, "path", {class: sign, d, "stroke-width": width})
  }
  return {...link, node}
}

export function drawLinks(layer, {links, ...places}) {
  layer.node.replaceChildren()
  layer.links = links.map((link) => drawLink(layer.node, link, places))
}

const capital = (text) => text[0].toUpperCase() + text.slice(1)

/** The name that somebody gave a cluster, cut to fit next to others. */
function shortName({names}, cluster) {
  const name = names?.[cluster] ?? ""
  return name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME - 1)}…` : name
}

/** Keeps one node per cluster; Tab leads to one of them, the arrow keys on (keyboard.js). */
function clusterNodes(layer, members, make, clusters, describe) {
  const nodes = keyed(layer.node, layer.kept, members.keys(), make)
  const current = Math.min(layer.current ?? 0, nodes.size - 1)
  members.forEach((member, cluster) => {
    const {count, label} = describe(member)
    nodes.get(cluster).classList.toggle("empty", count === 0)
    nodes.get(cluster).parts.name.textContent = shortName(clusters, cluster)
    set(nodes.get(cluster), {
      "aria-label": `${capital(clusterName(clusters, cluster))}: ${label}`, tabindex: cluster === current ? 0 : -1,
    })
  })
  return nodes
}

function makeChip(cluster, parent) {
  const node = svg(parent, "g", {class: "chip", "data-chip": cluster, role: "button"})
  svg(node, "rect", {rx: CORNER})
  svg(node, "text", {class: "index"}, cluster + 1)
  const bullet = svg(node, "g", {class: "bullet", "data-bullet": cluster})
  const marks = Object.fromEntries(["reach", "track", "range", "tick"].map(
    (name) => [name, svg(bullet, "rect", {class: name})]))
  const silence = svg(node, "text", {class: "silence", role: "button"}, "silence")
  const name = svg(node, "text", {class: "cluster-name"})
  return Object.assign(node, {parts: {bullet, silence, name, ...marks}})
}

function drawBullet({bullet, silence, ...parts}, chip, cluster, costs, mirrored) {
  const marks = bulletMarks(chip, cluster, costs, mirrored)
  bullet.classList.toggle("none", !marks)
  const {x, y, width, height} = bulletBox(chip, mirrored)
  set(parts.reach, {x: x - 6, y: y - 8, width: width + 12, height: height + 24})
  set(silence, {
    "x": mirrored ? x + width : x, "y": y + height + 14, "text-anchor": mirrored ? "end" : "start",
  })
  for (const [name, box] of Object.entries(marks ?? {})) set(parts[name], box)
}

/** The frame, number and bullet of every chip; the cells are painted on the canvas. */
export function drawChips(layer, {frame, packing, data}) {
  const kind = cellKind(data.clusters)
  const nodes = clusterNodes(layer, packing.chips, makeChip, data.clusters, ({size}) => (
    {count: size, label: counted(size, kind)}))
  packing.chips.forEach((chip, cluster) => {
    const {x, y, width, height} = chip
    const [rect, index] = nodes.get(cluster).children
    set(rect, {x, y, width, height})
    set(index, {x: behind(chip, 7, frame.mirrored), y: y + height / 2 + 4})
    set(nodes.get(cluster).parts.name, {x: x + width / 2, y: y - 3})
    drawBullet(nodes.get(cluster).parts, chip, cluster, data.clusters.silencing, frame.mirrored)
  })
}

function makeCloud(cluster, parent) {
  const node = svg(parent, "g", {class: "cloud", "data-cloud": cluster, role: "group"})
  const frame = svg(node, "rect", {rx: CORNER + 2})
  const clip = svg(svg(node, "clipPath", {id: `cloud-${cluster}`}), "rect")
  const scroll = svg(node, "g", {"clip-path": `url(#cloud-${cluster})`})
  const words = svg(scroll, "g", {class: "words"})
  const mark = svg(node, "text", {class: "folded"})
  const match = makeMatch(node, cluster)
  const name = svg(node, "text", {class: "cluster-name", y: 4})
  return Object.assign(node, {parts: {frame, clip, words, mark, match, name, kept: new Map()}})
}

function makeWord(id, parent) {
  return svg(parent, "text", {class: "word", "data-word": id, role: "button"})
}

function drawWords(parts, cloud, colourOf) {
  const byId = new Map(cloud.words.map((word) => [word.id, word]))
  keyed(parts.words, parts.kept, byId.keys(), makeWord)
  for (const [id, node] of parts.kept) {
    const {text, x, y, size, weight} = byId.get(id)
    node.textContent = text
    node.style.transform = `translate(${x}px, ${y}px)`
    node.style.fontSize = `${size}px`
    node.style.setProperty("--tag", colourOf(id))
    set(node, {"font-weight": weight})
  }
  parts.words.style.transform = "translateY(0px)"
}

/** The count of hidden words, or the cross of an expanded cloud. */
function drawMark(mark, {count, folded, grown, words, width, height}) {
  const empty = count === 0
  const text = empty ? "no words" : folded ? `+${written(folded)}` : ""
  mark.textContent = grown && words.length ? "×" : text
  mark.classList.toggle("none", empty)
  set(mark, {x: empty ? width / 2 : width - 8, y: empty ? height / 2 + 3.5 : height - 6})
}

/** Clouds with their words; a cloud keeps its elements between calls, so that changes are animated. */
export function drawClouds(layer, {clouds, clusters, colourOf, match, mirrored}) {
  const nodes = clusterNodes(layer, clouds, makeCloud, clusters, ({count}) => (
    {count, label: counted(count, "words")}))
  clouds.forEach((cloud, cluster) => {
    const node = nodes.get(cluster)
    node.style.transform = `translate(${cloud.x}px, ${cloud.y}px)`
    for (const rect of [node.parts.frame, node.parts.clip]) {
      rect.style.width = `${cloud.width}px`
      rect.style.height = `${cloud.height}px`
    }
    set(node.parts.name, {x: cloud.width / 2})
    drawWords(node.parts, cloud, colourOf)
    drawMark(node.parts.mark, cloud)
    drawMatch(node.parts.match, cloud, cluster, match, mirrored)
  })
}

/** Writes the headings of chips and clouds, next to each other and to the export menu. */
export function drawHeads(group, {frame, cells, clouds, data}) {
  group.replaceChildren()
  const forms = headings({
    units: new Set(cells.flat().map(({unit}) => unit)).size, kind: cellKind(data.clusters),
    sizes: cells.map(({length}) => length), counts: clouds.map(({count}) => count),
    sizedBy: data.look.word_size,
  })
  for (const {text, x} of placeHeads(forms, frame)) {
    svg(group, "text", {class: "head", x, y: 17}, text)
  }
}
