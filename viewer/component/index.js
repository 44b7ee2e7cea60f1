/** Entry: connects the parameters that Python sets to the scene, and clicks to messages. */

import {listen} from "./input/pointer.js"
import {toggled} from "./input/selection.js"
import {ExportMenu} from "./page/export_menu.js"
import {attendPage, endWaiting} from "./page/page_shell.js"
import {html} from "./scene/elements.js"
import {noteScene, openScenes} from "./scene/open_scenes.js"
import {Scene} from "./scene/scene.js"
import {loadFont} from "./scene/text.js"

const REDRAWN = ["mirror", "vocabulary", "clusters", "look", "sentences", "problem", "analysis",
  "pinned", "constants", "match"]
const REPAINTED = ["response", "selection"]
const PATIENCE_MS = 4000
const BOTH = [["both", "Both panes, SVG", "picture"]] // while there are two

/** The vocabulary with the tag of every word, and the place of each by its id. */
function withTags(value) {
  const tags = Array.from(value.tag ?? [], (tag) => value.tags[tag])
  return {...value, tags, place: new Map(Array.from(value.ids ?? [], (id, i) => [id, i]))}
}

/**
 * The clusters with the cluster of every cell, of which each has as many one after the other as
 * `cells` says, and with its direction: -1 where its bit in `falls` is set, highest first.
 */
export function withCells(value) {
  const {directed, falls, cells = [], unit = []} = value
  const direction = Int8Array.from(unit, (_, i) =>
    directed ? 1 - 2 * ((falls[i >> 3] >> (7 - (i & 7))) & 1) : 0)
  const unit_cluster = new Uint16Array(unit.length)
  let end = 0
  cells.forEach((count, cluster) => unit_cluster.fill(cluster, end, end += count))
  return {...value, direction, unit_cluster}
}

/** A response whose values may be sent in steps of `scale`. */
export function withValues({scale, ...value}) {
  return scale ? {...value, values: Float32Array.from(value.values, (n) => n * scale)} : value
}

const PREPARED = {vocabulary: withTags, clusters: withCells, response: withValues}
const read = (model, name) => (PREPARED[name] ?? ((value) => value))(model[name])

/** How much larger everything is in a window of this size: the page's style sheet says it. */
function roomOfPage() {
  return Number(getComputedStyle(document.documentElement).getPropertyValue("--room")) || 1
}

/** Draws at most once per frame, however many parameters changed together. */
function scheduler(scene) {
  let pending = new Set()
  return (how) => {
    if (!pending.size) {
      requestAnimationFrame(() => {
        const asked = pending
        pending = new Set()
        if (asked.has("draw")) scene.draw()
        else scene.select()
      })
    }
    pending.add(how)
  }
}

/** A word's response from a matrix of all words' in steps of `scale`; empty if it has none. */
export function wordResponse({ids, words}, {values, units, clip, scale}, wordId) {
  const row = ids.indexOf(wordId)
  if (row < 0) return {}
  const steps = values.slice(row * units, (row + 1) * units)
  return {word: words[row], word_id: wordId, values: Float32Array.from(steps, (n) => n * scale), clip}
}

/** The words that are selected once the server has answered a click on one. */
export function selectedBy({type, word_id: wordId}, {selection, constants}) {
  if (type === "add_word") return toggled(selection.words, wordId, constants.limits.words)
  return wordId === null ? [] : [wordId]
}

/** Answers a click on a word immediately from the preloaded matrix, if it holds the first word. */
function preview(scene, matrix, words) {
  const {vocabulary, selection} = scene.data
  const [first = null] = words
  const isHeld = vocabulary.place.has(first) && matrix.key === vocabulary.key
  if (first !== null && !isHeld) return
  const changes = {selection: {...selection, words}}
  if (first !== (selection.words[0] ?? null)) {
    changes.response = wordResponse(vocabulary, matrix, first)
  }
  scene.take(changes)
  scene.select()
}

/**
 * Recognizes the server's answers to clicks on words before the last one; calls `restore` where the last
 * stays without an answer.
 */
function clickOrder(restore) {
  let [awaited, timer] = [null, 0]
  const end = () => {
    clearTimeout(timer)
    awaited = null
  }
  return {
    expect(words) {
      end()
      awaited = words
      timer = setTimeout(() => {
        end()
        restore()
      }, PATIENCE_MS)
    },
    isStale(name, value) {
      if (!awaited || !REPAINTED.includes(name)) return false
      const isAwaited = name === "response"
        ? (value.word_id ?? null) === (awaited[0] ?? null)
        : String(value.words) === String(awaited)
      if (!isAwaited) return true
      if (name === "selection") end()
      return false
    },
  }
}

/** Shows the export menu; the module that saves files is fetched when it is first needed. */
function offerExports(scene, model) {
  const files = () => import("./page/export_picture.js")
  const menu = new ExportMenu(scene.root, {
    drawn: async (form) => {
      const {savePicture} = await files()
      await savePicture(scene, form, model.exports.stem).catch((error) => menu.refuse(error.message))
    },
    requested: (form) => model.send_msg({type: "export", form}),
  })
  const both = () => (openScenes().length > 1 ? BOTH : [])
  const offer = () => menu.offer([...model.exports.forms ?? [], ...both()])
  offer()
  menu.node.addEventListener("toggle", () => menu.node.open && offer())
  model.on("exports", offer)
  model.on("msg:custom", async (answer) => {
    if (answer.type === "answered") scene.answered()
    if (answer.type === "refusal") menu.refuse(answer.text)
    if (answer.type === "file") (await files()).save(answer.name, [answer.bytes], answer.mime)
  })
}

/** `attend` handles the page around the component; an export has a page without controls. */
export async function render({model, el, attend = attendPage}) {
  await loadFont()
  const root = html(null, "div", "view")
  const scene = new Scene(root)
  const schedule = scheduler(scene)
  scene.restore = () => {
    for (const name of REPAINTED) scene.take({[name]: read(model, name)})
    scene.select()
  }
  const order = clickOrder(scene.restore)
  for (const name of [...REDRAWN, ...REPAINTED]) {
    scene.take({[name]: read(model, name)})
    model.on(name, () => {
      const value = read(model, name)
      if (order.isStale(name, value)) return
      scene.take({[name]: value})
      schedule(REDRAWN.includes(name) ? "draw" : "paint")
    })
  }
  const takeMeasures = () => scene.take({measures: model.measures})
  takeMeasures()
  model.on("measures", () => {
    takeMeasures()
    if (model.look.cell_colour !== "response") schedule("paint")
  })
  scene.drawn = () => {
    if (model.matrix.key !== scene.data.vocabulary.key) model.send_msg({type: "matrix"})
  }
  listen(scene, (message) => {
    if (message.type === "word" || message.type === "add_word") {
      const words = selectedBy(message, scene.data)
      order.expect(words)
      preview(scene, model.matrix, words)
    }
    model.send_msg(message)
  })
  const isPart = model.mirror || model.look.small // of a page that the first pane attends
  if (model.look.small) scene.firstDrawn = endWaiting
  else offerExports(scene, model)
  el.replaceChildren(root)
  const forget = model.look.small ? () => {} : noteScene(scene)
  const leavePage = isPart ? () => {} : attend(scene, (message) => model.send_msg(message))
  const watcher = new ResizeObserver(([{contentRect: {width, height}}]) => {
    scene.size = {width: Math.round(width), height: Math.round(height)}
    if (scene.takeRoom(roomOfPage())) model.send_msg({type: "room", percent: Math.round(100 * scene.room)})
    schedule("draw")
  })
  watcher.observe(root)
  model.on("remove", () => {
    watcher.disconnect()
    scene.noteClip(null)
    scene.sentence.leave()
    forget()
    leavePage()
  })
}
