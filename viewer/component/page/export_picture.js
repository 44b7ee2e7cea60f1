/** The picture on the screen as one self-contained SVG, and as a PNG of that SVG. */

import {cellMarks} from "../chips/cell_canvas.js"
import {cellTriangle} from "../chips/chip_packing.js"
import {html, set, svg} from "../scene/elements.js"
import {openScenes} from "../scene/open_scenes.js"
import {chartsSvg} from "./export_charts.js"

const HEADING = 24 // pixels above compared scenes
const SCALE = 3 // pixels of the PNG per CSS pixel
// Inlined style, with the values that need no attribute.
const PAINT = {"fill": "", "fill-opacity": "1", "stroke": "none", "stroke-width": "1px",
  "stroke-opacity": "1", "stroke-dasharray": "none", "opacity": "1"}
const TYPE = {"font-size": "", "font-weight": "400", "text-anchor": "start",
  "text-decoration-line": "none", "paint-order": "normal"}
const GEOMETRY = {rect: ["x", "y", "width", "height", "rx"]}
const OF_THE_PAGE = ["style", "tabindex", "role"]

const short = (number) => Math.round(number * 100) / 100

function inline(node, copy) {
  const style = getComputedStyle(node)
  const names = node.tagName === "text" ? {...PAINT, ...TYPE} : PAINT
  for (const [name, initial] of Object.entries(names)) {
    const value = style.getPropertyValue(name)
    if (value !== initial) set(copy, {[name.replace(/-line$/, "")]: value})
  }
  for (const name of GEOMETRY[node.tagName] ?? []) {
    const length = parseFloat(style.getPropertyValue(name))
    if (Number.isFinite(length)) set(copy, {[name]: short(length)})
  }
  if (style.transform !== "none") set(copy, {transform: style.transform})
  for (const name of OF_THE_PAGE) copy.removeAttribute(name)
}

function isHidden(node) {
  const {display, visibility} = getComputedStyle(node)
  return display === "none" || visibility === "hidden"
}

/** A copy of the picture without its hidden parts that needs no style sheet. */
function inlinedCopy({root, picture}) {
  const copy = picture.cloneNode(true)
  root.classList.add("still") // the pointer colours nothing
  const [nodes, copies] = [picture, copy].map((part) => [...part.querySelectorAll("*")])
  nodes.forEach((node, i) => {
    if (isHidden(node)) copies[i].remove()
    else inline(node, copies[i])
  })
  root.classList.remove("still")
  return copy
}

function addCells(group, marks) {
  for (const mark of marks) {
    const {x, y, side, direction, fill = "none", stroke = null, width = null} = mark
    const opacity = mark.opacity < 1 ? mark.opacity : null
    if (direction) {
      const points = cellTriangle(mark).map((corner) => corner.map(short)).join(" ")
      svg(group, "polygon", {points, fill, opacity})
    } else {
      svg(group, "rect", {
        x: short(x), y: short(y), width: short(side), height: short(side), fill, stroke,
        "stroke-width": width, opacity,
      })
    }
  }
}

/** The lines of a text node as wrapped on the screen: [{text, box}]. */
function linesOf(node) {
  const lines = []
  const range = document.createRange()
  for (const {0: text, index} of node.data.matchAll(/\S+\s*/g)) {
    range.setStart(node, index)
    range.setEnd(node, index + text.trimEnd().length)
    const box = range.getBoundingClientRect()
    const last = lines.at(-1)
    if (last && Math.abs(last.box.top - box.top) < 2) last.text += text
    else lines.push({text, box})
  }
  return lines
}

function addTexts(root, group, enlarged) {
  const bounds = root.getBoundingClientRect()
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT)
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const parent = node.parentElement
    if (parent.closest("svg, button, .exports, .tip") || isHidden(parent)) continue
    const {color, fontSize, fontWeight} = getComputedStyle(parent)
    for (const {text, box} of linesOf(node)) {
      svg(group, "text", {
        x: short((box.left - bounds.left) / enlarged),
        y: short((box.bottom - bounds.top - box.height * 0.24) / enlarged),
        fill: color, "font-size": fontSize, "font-weight": fontWeight,
      }, text.trimEnd())
    }
  }
}

async function embedded(address) {
  const reader = new FileReader()
  reader.readAsDataURL(await (await fetch(address)).blob())
  await new Promise((resolve) => { reader.onload = resolve })
  return reader.result
}

/** The page's own rule for the font, with the file embedded. */
async function fontRule() {
  const rules = [...document.styleSheets].flatMap((sheet) => {
    try {
      return [...sheet.cssRules]
    } catch {
      return [] // a style sheet of a browser extension, which may not be read
    }
  })
  const rule = rules.find((each) => each instanceof CSSFontFaceRule && each.cssText.includes("Inter"))
  const address = rule.style.getPropertyValue("src").match(/url\("([^"]+)"\)/)[1]
  const data = address.startsWith("data:") ? address : await embedded(
    new URL(address, rule.parentStyleSheet.href ?? document.baseURI),
  )
  return `@font-face { font-family: Inter; font-weight: 100 900; src: url("${data}"); }`
}

/** The scene as an SVG document (text); `title` is its name for screen readers. */
async function svgOf(scene, title) {
  const {width, height} = scene.size
  const sheet = svg(null, "svg", {
    "xmlns": "http://www.w3.org/2000/svg", width, height, "viewBox": `0 0 ${width} ${height}`,
    "font-family": "Inter, sans-serif", "xml:lang": scene.root.lang,
  })
  svg(sheet, "title", {}, title)
  svg(sheet, "style", {}, await fontRule())
  svg(sheet, "rect", {width, height, fill: scene.data.look.colours.paper})
  sheet.append(...inlinedCopy(scene).childNodes)
  addCells(svg(sheet, "g", {class: "cells"}), cellMarks(scene.painted))
  addTexts(scene.root, svg(sheet, "g", {class: "remarks"}), scene.enlarged)
  return new XMLSerializer().serializeToString(sheet)
}

/** What a pane shows, in words. */
const titleOf = ({data: {analysis: {model, name, state}}}) => `${model}, ${name}, ${state}`

/** The text of an SVG document with `-suffix` after every id: two may then stand in one document. Pure. */
function withOwnIds(text, suffix) {
  return text.replace(/(\sid="|url\((?:&quot;|"|')?#)([\w-]+)/g, `$1$2-${suffix}`)
}

/** Two compared scenes side by side, under what they show, as one SVG document (text). */
async function svgOfAll(scenes, title) {
  const [width, height] = [
    scenes.reduce((sum, {size}) => sum + size.width, 0), Math.max(...scenes.map(({size}) => size.height)) + HEADING]
  const {paper, ink} = scenes[0].data.look.colours
  const sheet = svg(null, "svg", {width, height, "viewBox": `0 0 ${width} ${height}`, "font-family": "Inter, sans-serif"})
  svg(sheet, "title", {}, title)
  svg(sheet, "rect", {width, height, fill: paper})
  let x = 0
  for (const [i, scene] of scenes.entries()) {
    const page = new DOMParser().parseFromString(withOwnIds(await svgOf(scene, title), i), "image/svg+xml")
    svg(sheet, "text", {"x": x + 12, "y": HEADING - 6, "fill": ink, "font-size": "12px", "font-weight": "600"}, titleOf(scene))
    sheet.append(set(document.importNode(page.documentElement, true), {x, y: HEADING}))
    x += scene.size.width
  }
  return new XMLSerializer().serializeToString(sheet)
}

async function pngOf(text) {
  const image = new Image()
  image.src = URL.createObjectURL(new Blob([text], {type: "image/svg+xml"}))
  await image.decode()
  const canvas = html(null, "canvas")
  Object.assign(canvas, {width: image.width * SCALE, height: image.height * SCALE})
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height)
  URL.revokeObjectURL(image.src)
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"))
}

/** Saves bytes as a download. */
export function save(name, parts, type) {
  const link = document.createElement("a")
  link.href = URL.createObjectURL(new Blob(parts, {type}))
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 1000)
}

/**
 * Saves the picture of a scene as `<stem>.<form>`, `form` "svg" or "png", or the "charts" next to it.
 * Throws Error if there are none.
 */
export async function savePicture(scene, form, stem) {
  if (form === "charts") {
    const charts = await chartsSvg(scene.data.look.colours.card, stem, await fontRule())
    if (!charts) throw new Error("No chart is shown: select a word or a unit first.")
    return save(`${stem}_charts.svg`, [charts], "image/svg+xml")
  }
  if (form === "both") {
    return save(`${stem}_both.svg`, [await svgOfAll(openScenes(), stem)], "image/svg+xml")
  }
  const text = await svgOf(scene, stem)
  if (form === "svg") return save(`${stem}.svg`, [text], "image/svg+xml")
  return save(`${stem}.png`, [await pngOf(text)], "image/png")
}
