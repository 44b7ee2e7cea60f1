import assert from "node:assert/strict"
import {test} from "node:test"

import {isKey, isTyping, KEY_HELP} from "../../../../viewer/component/input/keys.js"

test("keys belong to their actions", () => {
  assert.ok(isKey({key: "Enter"}, "choose"))
  assert.ok(isKey({key: " "}, "choose"))
  assert.ok(isKey({key: "Home"}, "along", "ends"))
  assert.ok(!isKey({key: "Enter"}, "release", "remove"))
})

test("the help lists every action's key once", () => {
  const labels = KEY_HELP.map(([label]) => label)
  assert.equal(new Set(labels).size, labels.length)
  for (const label of ["?", "/", "Enter", "Delete", "Esc"]) assert.ok(labels.includes(label))
  assert.ok(KEY_HELP.every(([, does]) => does.length > 5))
})

test("what is typed into a field is no command", () => {
  const typing = (node) => isTyping({composedPath: () => [node]})
  for (const tagName of ["INPUT", "TEXTAREA", "SELECT"]) assert.ok(typing({tagName}))
  assert.ok(typing({tagName: "DIV", isContentEditable: true}))
  assert.ok(!typing({tagName: "BUTTON"}))
  assert.ok(!typing({}))
})
