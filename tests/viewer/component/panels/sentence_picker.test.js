import assert from "node:assert/strict"
import {test} from "node:test"

import {markedParts} from "../../../../viewer/component/panels/sentence_picker.js"

test("what was sought is marked wherever it occurs", () => {
  assert.deepEqual(markedParts("The other", " the "), [
    {text: "The", found: true}, {text: " o", found: false}, {text: "the", found: true},
    {text: "r", found: false},
  ])
  assert.deepEqual(markedParts("a", ""), [{text: "a", found: false}])
  assert.deepEqual(markedParts("İa", "a"), [{text: "İa", found: false}]) // longer in lower case
})
