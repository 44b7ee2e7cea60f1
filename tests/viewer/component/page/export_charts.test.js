import assert from "node:assert/strict"
import {test} from "node:test"

import {stacked} from "../../../../viewer/component/page/export_charts.js"

test("charts stand below each other without what is between them on the screen", () => {
  const {places, width, height} = stacked([
    {left: 10, top: 40, width: 200, height: 100},
    {left: 10, top: 300, width: 95, height: 50},
    {left: 115, top: 300.2, width: 95, height: 70},
  ])
  assert.deepEqual(places, [{x: 0, y: 0}, {x: 0, y: 112}, {x: 105, y: 112}])
  assert.deepEqual([width, height], [200, 182])
})
