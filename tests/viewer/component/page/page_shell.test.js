import assert from "node:assert/strict"
import {test} from "node:test"

import {toggledPanes} from "../../../../viewer/component/page/page_shell.js"

test("panes are shown in the given order, and the last one stays", () => {
  const after = (panes, pane) => toggledPanes(["one", "two", "three"], panes, pane)
  assert.deepEqual(after(["three"], "one"), ["one", "three"])
  assert.deepEqual(after(["one", "three"], "one"), ["three"])
  assert.deepEqual(after(["two"], "two"), ["two"])
  assert.deepEqual(after([], "two"), ["two"])
})
