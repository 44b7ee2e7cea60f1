import assert from "node:assert/strict"
import {test} from "node:test"

import {makeRamp, rampColour} from "../../../../viewer/component/scene/colours.js"
import {assertClose} from "../support.js"

const LIGHT = ["#0f4c8a", "#3f8fd0", "#efedea", "#ea8333", "#a9430b"]

// An OKLab of our own by way of XYZ, as its author first published it; sRGB by IEC 61966-2-1.
const RGB_TO_XYZ = [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750],
  [0.0193339, 0.1191920, 0.9503041]]
const XYZ_TO_LMS = [[0.8189330101, 0.3618667424, -0.1288597137],
  [0.0329845436, 0.9293118715, 0.0361456387], [0.0482003018, 0.2643662691, 0.6338517070]]
const LMS_TO_LAB = [[0.2104542553, 0.7936177850, -0.0040720468],
  [1.9779984951, -2.4285922050, 0.4505937099], [0.0259040371, 0.7827717662, -0.8086757660]]

function times(matrix, vector) {
  return matrix.map((row) => row.reduce((sum, value, i) => sum + value * vector[i], 0))
}

function linear(byte) {
  const c = byte / 255
  return c > 0.04045 ? Math.pow((c + 0.055) / 1.055, 2.4) : c / 12.92
}

function oklab(bytes) {
  return times(LMS_TO_LAB, times(XYZ_TO_LMS, times(RGB_TO_XYZ, bytes.map(linear))).map(Math.cbrt))
}

function bytesOf(colour) {
  if (colour.startsWith("rgb")) return colour.match(/\d+/g).map(Number)
  return [1, 3, 5].map((i) => parseInt(colour.slice(i, i + 2), 16))
}

test("greys are even steps of lightness, each the nearest of sRGB's bytes", () => {
  // Of grey the lightness is the cube root of the linear channel. Dark ones tell gammas apart.
  makeRamp(["#000000", "#ffffff"]).forEach((colour, i) => {
    const nearest = Array.from({length: 256}, (_, byte) => byte)
      .reduce((best, byte) => Math.abs(linear(byte) - (i / 128) ** 3)
        < Math.abs(linear(best) - (i / 128) ** 3) ? byte : best)
    const [red, green, blue] = bytesOf(colour)
    assertClose([red, green, blue], [nearest, nearest, nearest], 1)
  })
  assert.equal(makeRamp(["#000000", "#ffffff"])[32], "rgb(34, 34, 34)")
})

test("the anchors are kept, and steps between two are even in OKLab", () => {
  const ramp = makeRamp(LIGHT)
  assert.equal(ramp.length, 129)
  LIGHT.forEach((anchor, i) => assert.deepEqual(bytesOf(ramp[32 * i]), bytesOf(anchor)))
  ramp.forEach((colour, i) => {
    const low = Math.min(3, Math.floor(i / 32))
    const [from, to] = [LIGHT[low], LIGHT[low + 1]].map((anchor) => oklab(bytesOf(anchor)))
    const expected = from.map((value, j) => value + ((to[j] - value) * (i - 32 * low)) / 32)
    assertClose(oklab(bytesOf(colour)), expected, 0.004)
  })
})

test("values take the ramp's colours, those beyond the clip its ends", () => {
  const ramp = makeRamp(LIGHT)
  const at = (value, clip) => ramp.indexOf(rampColour(ramp, value, clip))
  assert.deepEqual([-9, -2, -1, 0, 1, 2, 9].map((value) => at(value, 2)), [0, 0, 32, 64, 96, 128, 128])
  assert.equal(at(5, 0), 64)
})
