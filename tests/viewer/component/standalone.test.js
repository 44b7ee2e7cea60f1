import assert from "node:assert/strict"
import {test} from "node:test"

import {toggled} from "../../../viewer/component/input/selection.js"
import {OfflineModel, revive} from "../../../viewer/component/standalone.js"

const PARAMETERS = {
  vocabulary: {key: "v", ids: [10, 11, 12], words: ["a", "b", "c"]},
  responses: {values: Float32Array.of(1, 2, 3, 4, 5, 6), units: 2, clip: 4},
  changes: [Float32Array.of(7, 8, 9, 10), null],
  sentences: [{words: ["x", "y"]}, {words: ["z"]}],
  selection: {words: [10], units: [], step: null},
  exports: {stem: "s", forms: [["svg", "SVG", "picture"], ["charts", "C", "charts"], ["csv", "N", "server"]]},
  constants: {limits: {words: 2, units: 3}},
}

function opened() {
  const model = new OfflineModel({...PARAMETERS})
  const heard = []
  for (const name of ["response", "selection", "sentences"]) model.on(name, () => heard.push(name))
  return {model, heard, send: (message) => model.send_msg(message)}
}

test("a full list drops its oldest value but the first", () => {
  assert.deepEqual(toggled([1], 2, 3), [1, 2])
  assert.deepEqual(toggled([1, 2, 3], 4, 3), [1, 3, 4])
  assert.deepEqual(toggled([1, 2, 3], 2, 3), [1, 3])
})

test("arrays keep their type, numbers of 16 bits become float32", () => {
  const restored = (array, ...bytes) =>
    revive("", {array, base64: Buffer.from(Uint8Array.from(bytes)).toString("base64")})
  assert.deepEqual(restored("int32", 1, 0, 0, 0, 254, 255, 255, 255), Int32Array.of(1, -2))
  const halves = [0x3c00, 0xc000, 0x7bff, 0x0400, 0x0001, 0x8000, 0x7c00, 0x3555]
  assert.deepEqual(
    [...restored("float16", ...halves.flatMap((bits) => [bits & 255, bits >> 8]))],
    [1, -2, 65504, 2 ** -14, 2 ** -24, -0, Infinity, 0.333251953125],
  )
  assert.equal(revive("", "text"), "text")
})

test("a clicked word is answered with its row of the responses", () => {
  const {model, heard, send} = opened()
  send({type: "word", word_id: 12})
  assert.deepEqual(model.selection.words, [12])
  assert.deepEqual(model.response, {word: "c", word_id: 12, values: Float32Array.of(5, 6), clip: 4})
  assert.deepEqual(heard, ["response", "selection"])
  send({type: "word", word_id: null})
  assert.deepEqual([model.selection.words, model.response], [[], {}])
})

test("limits are those that Python sends", () => {
  const {model, send} = opened()
  for (const id of [11, 12]) send({type: "add_word", word_id: id})
  assert.deepEqual(model.selection.words, [10, 12])
  for (const unit of [0, 1, 2, 3]) send({type: "add_unit", unit})
  assert.deepEqual(model.selection.units, [0, 2, 3])
  send({type: "unit", unit: null})
  assert.deepEqual(model.selection.units, [])
})

test("a step shows what its word changed; another word or its removal ends it", () => {
  const {model, send} = opened()
  send({type: "step", sentence: 0, position: 1})
  assert.deepEqual(model.response,
    {word: "y", word_id: 10, values: Float32Array.of(9, 10), clip: 4, step: true})
  send({type: "add_word", word_id: 11})
  assert.deepEqual(model.selection.step, [0, 1])
  send({type: "word", word_id: 11})
  assert.deepEqual([model.selection.step, model.response.word], [null, "b"])
  send({type: "step", sentence: 1, position: 0}) // its changes are not in the page
  assert.deepEqual([model.selection.step, model.response.word], [[1, 0], "b"])
  send({type: "remove_sentence", sentence: 0})
  assert.deepEqual([model.selection.step, model.sentences, model.changes], [null, [{words: ["z"]}], [null]])
})

test("only pictures can be exported again, and other messages are ignored", () => {
  const {model, heard, send} = opened()
  assert.deepEqual(model.exports.forms, [["svg", "SVG", "picture"]])
  send({type: "matrix"})
  assert.deepEqual(heard, [])
})

test("an exported silence can be ended, and no other one begun", () => {
  const {model, send} = opened()
  send({type: "silence", cluster: 1})
  assert.equal(model.selection.silenced, undefined)
  model.put({sentences: [{words: ["x"], silenced: {text: "chip 1 silenced"}}]})
  send({type: "silence", cluster: null})
  assert.deepEqual([model.sentences[0].silenced, model.selection.silenced], [undefined, null])
})

test("the matrix holds exact values under the vocabulary's key", () => {
  const {key, scale, values} = opened().model.matrix
  assert.deepEqual([key, scale, values[3]], ["v", 1, 4])
})

test("the tour shows what it asks for, and at its end what was shown before", () => {
  const {model, send} = opened()
  send({type: "step", sentence: 0, position: 1})
  send({type: "tour", query: "word=b&pin=cloud~2"})
  assert.deepEqual([model.selection.words, model.selection.step, model.pinned.name], [[11], null, "cloud~2"])
  send({type: "tour", query: "step=0~0"})
  assert.deepEqual([model.selection.words, model.selection.step, model.pinned.name], [[10], [0, 0], ""])
  send({type: "tour", query: null})
  assert.deepEqual([model.selection.words, model.selection.step, model.before], [[10], [0, 1], null])
})
