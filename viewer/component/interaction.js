/** Pointer and keyboard: what moves under the mouse stays here, a click sends one small message. */

import {cellAt} from "./chips.js"
import {reached, sameFocus} from "./focus.js"

const SCROLL_SHARE = 0.5

function signed(value, digits = 3) {
  return `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(digits)}`
}

/** What stands under an event: {word?, unit?, link?, chip?, cloud?, unfold?} */
function targetOf(scene, event) {
  const node = event.target
  const near = (name) => {
    const value = node.closest?.(`[data-${name}]`)?.dataset[name]
    return value === undefined ? null : Number(value)
  }
  const target = {
    word: near("word"), chip: near("chip"), cloud: near("cloud"), unfold: near("unfold"),
    link: node.classList?.contains("link") ? node : null, unit: null,
  }
  if (target.chip !== null && event.clientX !== undefined) {
    const bounds = scene.root.getBoundingClientRect()
    const [x, y] = [event.clientX - bounds.left, event.clientY - bounds.top]
    const index = cellAt(scene.packing, scene.packing.chips[target.chip], x, y)
    if (index >= 0) target.unit = scene.units[target.chip][index]
  }
  return target
}

function focusOf({chip, cloud}) {
  if (chip !== null) return {kind: "chip", cluster: chip}
  return cloud === null ? null : {kind: "cloud", cluster: cloud}
}

/** A line or two on what is under the pointer, or "". */
function describe(scene, {word, unit, link, chip, cloud}) {
  const {vocabulary, clusters, response} = scene.data
  if (word !== null) {
    const i = vocabulary.place.get(word)
    const tag = vocabulary.tags[i] ? ` · ${vocabulary.tags[i]}` : ""
    return `${vocabulary.words[i]}${tag}\n${vocabulary.counts[i]} occurrences`
  }
  if (unit !== null) {
    const value = response?.values ? `\nresponse ${signed(response.values[unit])}` : ""
    return `unit ${unit}, cluster ${chip + 1}${value}`
  }
  if (link !== null) {
    const {words, units} = link.dataset
    const i = Number(words) * clusters.k + Number(units)
    const parts = `positive part ${signed(clusters.positive[i])}, negative ${signed(clusters.negative[i])}`
    return `words ${Number(words) + 1} on units ${Number(units) + 1}: mean ${signed(clusters.weight[i])}\n${parts}`
  }
  if (chip !== null) return `cluster ${chip + 1}: ${scene.units[chip].length} units`
  return cloud === null ? "" : `cluster ${cloud + 1}: ${scene.words[cloud].length} words`
}

function showTip(scene, event, text) {
  const {tip, root} = scene
  tip.classList.toggle("shown", text !== "")
  if (!text) return
  tip.textContent = text
  const bounds = root.getBoundingClientRect()
  const x = event.clientX - bounds.left + 14
  const y = event.clientY - bounds.top + 16
  const left = Math.min(x, root.clientWidth - tip.offsetWidth - 4)
  const top = y + tip.offsetHeight > root.clientHeight ? y - tip.offsetHeight - 24 : y
  tip.style.transform = `translate(${Math.max(0, left)}px, ${Math.max(0, top)}px)`
}

function hover(scene, event) {
  const target = targetOf(scene, event)
  showTip(scene, event, describe(scene, target))
  const focus = focusOf(target)
  if (sameFocus(focus, scene.hovered)) return
  scene.hovered = focus
  scene.mark()
  scene.recolour()
}

/** Pins a chip or cloud: its clouds grow to all their words; the same again lets go. */
function pin(scene, focus) {
  const again = sameFocus(focus, scene.pinned)
  scene.release()
  if (focus && !again) {
    scene.pinned = focus
    scene.grown = new Set(
      focus.kind === "cloud" ? [focus.cluster] : reached(focus, scene.layers.links.links).clouds,
    )
  }
  scene.glide()
}

function click(scene, event, send) {
  const target = targetOf(scene, event)
  if (target.word !== null) return send({type: "word", word_id: target.word})
  if (target.unit !== null) return send({type: "unit", unit: target.unit})
  if (focusOf(target) || scene.pinned) pin(scene, focusOf(target))
  return undefined
}

function press(scene, event) {
  if (event.key === "Escape" && scene.pinned) pin(scene, null)
  if (event.key !== "Enter" && event.key !== " ") return
  event.preventDefault()
  pin(scene, focusOf(targetOf(scene, event)))
}

/** Scrolls a grown cloud that holds more words than fit. */
function scroll(scene, event) {
  const {cloud} = targetOf(scene, event)
  const laid = cloud === null ? null : scene.clouds[cloud]
  if (!laid || laid.content <= laid.height) return
  event.preventDefault()
  const lowest = laid.height - laid.content
  const moved = (laid.scrolled ?? 0) - event.deltaY * SCROLL_SHARE
  laid.scrolled = Math.min(0, Math.max(lowest, moved))
  const {words} = scene.layers.clouds.clouds.get(cloud).parts
  words.style.transform = `translateY(${laid.scrolled}px)`
}

/** Listens on the view; `send` takes one message for the server. */
export function listen(scene, send) {
  const when = (name, act, options) => {
    scene.picture.addEventListener(name, (event) => scene.ready && act(event), options)
  }
  when("pointermove", (event) => hover(scene, event))
  when("pointerleave", (event) => hover(scene, {...event, target: document.body}))
  when("click", (event) => click(scene, event, send))
  when("keydown", (event) => press(scene, event))
  when("wheel", (event) => scroll(scene, event), {passive: false})
}
