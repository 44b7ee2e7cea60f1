/** Entry: ties the parameters that Python sets to the scene, and clicks to messages. */

import {listen} from "./interaction.js"
import {Scene} from "./scene.js"
import {html} from "./svg.js"
import {loadFont} from "./text.js"

const REDRAWN = ["vocabulary", "clusters", "look", "problem"]
const REPAINTED = ["response", "selection"]

function read(model, name) {
  const value = model[name]
  if (name !== "vocabulary") return value
  return {...value, place: new Map(Array.from(value.ids ?? [], (id, i) => [id, i]))}
}

/** Draws at most once a frame, however many parameters changed together. */
function scheduler(scene) {
  let pending = new Set()
  return (how) => {
    if (!pending.size) {
      requestAnimationFrame(() => {
        const asked = pending
        pending = new Set()
        if (asked.has("draw")) scene.draw()
        else {
          scene.recolour()
          scene.mark()
        }
      })
    }
    pending.add(how)
  }
}

/** Shows a word's response from the preloaded matrix while the exact one is on its way. */
function preview(scene, matrix, wordId) {
  const row = scene.data.vocabulary.place.get(wordId)
  if (row === undefined || !matrix?.values) return
  const {units, clip} = matrix
  const bytes = matrix.values.slice(row * units, (row + 1) * units)
  const values = Float32Array.from(bytes, (step) => (step * clip) / 127)
  const word = scene.data.vocabulary.words[row]
  scene.take({
    response: {word, word_id: wordId, values, clip},
    selection: {...scene.data.selection, word: wordId},
  })
  scene.recolour()
  scene.mark()
}

export async function render({model, el}) {
  await loadFont()
  const root = html(null, "div", "view")
  const scene = new Scene(root)
  const schedule = scheduler(scene)
  for (const name of [...REDRAWN, ...REPAINTED]) {
    scene.take({[name]: read(model, name)})
    model.on(name, () => {
      scene.take({[name]: read(model, name)})
      schedule(REDRAWN.includes(name) ? "draw" : "paint")
    })
  }
  listen(scene, (message) => {
    if (message.type === "word") preview(scene, model.matrix, message.word_id)
    model.send_msg(message)
  })
  el.replaceChildren(root)
  new ResizeObserver(() => schedule("draw")).observe(root)
}
