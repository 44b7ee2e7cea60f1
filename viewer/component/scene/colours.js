/** The diverging colour ramp of responses. Pure. */

const STEPS = 129

function toLinear(channel) {
  const c = channel / 255
  return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4
}

function toByte(linear) {
  const c = Math.min(1, Math.max(0, linear))
  return Math.round(255 * (c <= 0.0031308 ? 12.92 * c : 1.055 * c ** (1 / 2.4) - 0.055))
}

/** OKLab of a "#rrggbb" (Ottosson 2020). */
function toOklab(hex) {
  const [r, g, b] = [1, 3, 5].map((i) => toLinear(parseInt(hex.slice(i, i + 2), 16)))
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b)
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b)
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b)
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ]
}

function toCss([lightness, a, b]) {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3
  const red = 4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s
  const green = -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s
  const blue = -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s
  return `rgb(${toByte(red)}, ${toByte(green)}, ${toByte(blue)})`
}

/** 129 CSS colours from most negative to most positive, through evenly spaced anchors. */
export function makeRamp(anchors) {
  const labs = anchors.map(toOklab)
  return Array.from({length: STEPS}, (_, i) => {
    const at = (i / (STEPS - 1)) * (labs.length - 1)
    const low = Math.min(Math.floor(at), labs.length - 2)
    return toCss(labs[low].map((c, j) => c + (labs[low + 1][j] - c) * (at - low)))
  })
}

/** The ramp's colour of a value; values beyond ±clip take the end colours. */
export function rampColour(ramp, value, clip) {
  const fraction = clip > 0 ? Math.min(1, Math.max(-1, value / clip)) : 0
  return ramp[Math.round(((fraction + 1) / 2) * (ramp.length - 1))]
}
