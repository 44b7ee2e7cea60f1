import assert from "node:assert/strict"
import {test} from "node:test"

import {placeCard} from "../../../../viewer/component/page/tour.js"

const CARD = {width: 300, height: 100}
const WINDOW = {width: 1000, height: 700}

test("the card stands right of what is lit, else left, else inside", () => {
  const at = (left, top, width, height) => placeCard({left, top, width, height}, CARD, WINDOW)
  assert.deepEqual(at(0, 50, 200, 300), {left: 214, top: 64})
  assert.deepEqual(at(700, 50, 300, 300), {left: 386, top: 64})
  assert.deepEqual(at(100, 600, 800, 90), {left: 586, top: 592})
})
