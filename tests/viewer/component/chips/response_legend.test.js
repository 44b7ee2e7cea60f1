import assert from "node:assert/strict"
import {test} from "node:test"

import {beyondEnds, linkForms} from "../../../../viewer/component/chips/response_legend.js"
import {widestLink} from "../../../../viewer/component/scene/links.js"

test("units beyond the ends of the colours are counted", () => {
  const values = Float32Array.of(0.5, -0.75, 0.25, -0.5)
  assert.deepEqual(beyondEnds(values, 0.5), ["; 1 of 4 units beyond", "; 1 beyond", ""])
  assert.deepEqual(beyondEnds(values, 1), [""])
})

test("the links' legend names the response of the widest, the longest form first", () => {
  assert.equal(widestLink({weight: [0.25, -0.5]}, [0.2, 0.5]), 0.25)
  const forms = linkForms(0.25)
  assert.ok(forms.every((form) => form.includes("±0.25")))
  assert.deepEqual(forms, forms.toSorted((a, b) => b.length - a.length))
})
