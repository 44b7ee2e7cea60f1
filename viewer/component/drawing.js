/** Drawing links, chips and clouds as SVG from what the pure modules computed. */

import {linkOpacity, linkPath, linkStrokes} from "./links.js"
import {behind, frontEdge} from "./mirror.js"
import {keyed, set, svg} from "./svg.js"

const CORNER = 5

/** A link between the edges of chip and cloud that face each other, and a wider path to point at. */
function drawLink(parent, link, {frame, packing, clouds}) {
  const [chip, cloud] = [packing.chips[link.units], clouds[link.words]]
  const ends = [
    frontEdge(chip, frame.mirrored), chip.y + chip.height / 2,
    behind(cloud, 0, frame.mirrored), cloud.y + cloud.height / 2,
  ]
  const node = svg(parent, "g", {
    class: "link", "data-words": link.words, "data-units": link.units,
    "stroke-opacity": linkOpacity(link.share),
  })
  svg(node, "path", {class: "reach", d: linkPath(...ends)})
  for (const {sign, d, width} of linkStrokes(link, ends)) {
    svg(node, "path", {class: sign, d, "stroke-width": width})
  }
  return {...link, node}
}

/** All links anew. */
export function drawLinks(layer, {links, ...places}) {
  layer.node.replaceChildren()
  layer.links = links.map((link) => drawLink(layer.node, link, places))
}

function makeChip(cluster, parent) {
  const node = svg(parent, "g", {class: "chip", "data-chip": cluster, role: "button"})
  svg(node, "rect", {rx: CORNER})
  svg(node, "text", {class: "index"})
  return node
}

/** Tab leads to one cluster of a column, from which the arrow keys lead on (keyboard.js). */
function tabindexOf({current = 0}, cluster, count) {
  return cluster === Math.min(current, count - 1) ? 0 : -1
}

/** The frame and number of every chip; units themselves are painted on the canvas. */
export function drawChips(layer, {frame, packing}) {
  const nodes = keyed(layer.node, layer.chips, packing.chips.keys(), makeChip)
  packing.chips.forEach((chip, cluster) => {
    const {x, y, width, height, size} = chip
    const node = nodes.get(cluster)
    node.classList.toggle("empty", size === 0)
    set(node, {
      "aria-label": `Cluster ${cluster + 1}: ${size} units`,
      tabindex: tabindexOf(layer, cluster, nodes.size),
    })
    set(node.children[0], {x, y, width, height})
    set(node.children[1], {x: behind(chip, 7, frame.mirrored), y: y + height / 2 + 3.5})
    node.children[1].textContent = cluster + 1
  })
}

function makeCloud(cluster, parent) {
  const names = {class: "cloud", "data-cloud": cluster, role: "button"}
  const node = svg(parent, "g", names)
  svg(node, "rect", {rx: CORNER + 2})
  const clip = svg(svg(node, "clipPath", {id: `cloud-${cluster}`}), "rect", {})
  const scroll = svg(node, "g", {"clip-path": `url(#cloud-${cluster})`})
  const words = svg(scroll, "g", {class: "words"})
  const mark = svg(node, "text", {class: "folded"})
  return Object.assign(node, {parts: {frame: node.firstChild, clip, words, mark, kept: new Map()}})
}

function makeWord(id, parent) {
  return svg(parent, "text", {class: "word", "data-word": id, role: "button"})
}

function drawWords(parts, cloud, colourOf) {
  const byId = new Map(cloud.words.map((word) => [word.id, word]))
  keyed(parts.words, parts.kept, byId.keys(), makeWord)
  for (const [id, node] of parts.kept) {
    const word = byId.get(id)
    node.textContent = word.text
    node.style.transform = `translate(${word.x}px, ${word.y}px)`
    node.style.fontSize = `${word.size}px`
    node.style.setProperty("--tag", colourOf(id))
    set(node, {"font-weight": word.weight})
  }
}

function drawMark(mark, cloud) {
  const text = cloud.count === 0 ? "no words" : cloud.folded ? `+${cloud.folded}` : ""
  mark.textContent = cloud.grown && cloud.words.length ? "×" : text
  const empty = cloud.count === 0
  mark.classList.toggle("none", empty)
  set(mark, {
    x: empty ? cloud.width / 2 : cloud.width - 8,
    y: empty ? cloud.height / 2 + 3.5 : cloud.height - 6,
  })
}

/** Clouds with their words; a cloud keeps its elements between calls, so that changes can glide. */
export function drawClouds(layer, {clouds, colourOf}) {
  const nodes = keyed(layer.node, layer.clouds, clouds.keys(), makeCloud)
  clouds.forEach((cloud, cluster) => {
    const node = nodes.get(cluster)
    node.style.transform = `translate(${cloud.x}px, ${cloud.y}px)`
    node.classList.toggle("empty", cloud.count === 0)
    set(node, {
      "aria-label": `Cluster ${cluster + 1}: ${cloud.count} words`,
      tabindex: tabindexOf(layer, cluster, nodes.size),
    })
    for (const rect of [node.parts.frame, node.parts.clip]) {
      rect.style.width = `${cloud.width}px`
      rect.style.height = `${cloud.height}px`
    }
    drawWords(node.parts, cloud, colourOf)
    drawMark(node.parts.mark, cloud)
    node.parts.words.style.transform = "translateY(0px)"
  })
}

/** The lines over the columns. */
export function drawHeads(group, {frame, packing, clouds}) {
  group.replaceChildren()
  const units = packing.chips.reduce((sum, chip) => sum + chip.size, 0)
  const words = clouds.reduce((sum, cloud) => sum + cloud.count, 0)
  const middle = frame.clouds.left + (frame.clouds.width + frame.clouds.sagitta) / 2
  const k = packing.chips.length
  svg(group, "text", {class: "head", x: frame.chips.axis, y: 17}, `${units} units in ${k} clusters`)
  svg(group, "text", {class: "head", x: middle, y: 17}, `${words} words in ${k} clusters`)
}
