/** Links between chips and clouds: which are drawn, how wide, along which curve. Pure. */

/**
 * The magnitude of a mean response, or of the smaller of its positive and negative parts where the
 * parts cancel: where even the smaller part outweighs the mean.
 */
function magnitudeOf(weight, positive, negative) {
  const smaller = Math.min(positive, -negative)
  const cancels = smaller > Math.abs(weight)
  return {cancels, magnitude: cancels ? smaller : Math.abs(weight)}
}

/**
 * Links whose magnitude, as a fraction of the strongest mean, lies within [low, high]; strongest
 * last. Strengths are relative to `high`, so that hiding an outlier widens the other links. A pinned
 * cluster ({kind, cluster} or null) always shows its strongest link.
 *
 * `clusters`: {k, weight, positive, negative}, arrays of k·k means, one row per word cluster. Returns
 * [{words, units, weight, strength, parts, within}], strengths in [0, 1]; `parts` are the strengths
 * {positive, negative} where they cancel, else null.
 */
export function selectLinks({k, weight, positive, negative}, [low, high], pinned = null) {
  const strongest = weight.reduce((most, w) => Math.max(most, Math.abs(w)), 0)
  const fractionOf = (value) => (strongest > 0 ? Math.min(1, Math.abs(value) / strongest) : 0)
  const strengthOf = (value) => Math.min(1, fractionOf(value) / high)
  const links = []
  for (let i = 0; i < k * k; i += 1) {
    const {cancels, magnitude} = magnitudeOf(weight[i], positive[i], negative[i])
    const fraction = fractionOf(magnitude)
    if (fraction <= 0) continue
    const parts = {positive: strengthOf(positive[i]), negative: strengthOf(negative[i])}
    links.push({
      words: Math.floor(i / k), units: i % k, weight: weight[i], strength: strengthOf(magnitude),
      within: fraction >= low && fraction <= high, parts: cancels ? parts : null,
    })
  }
  links.sort((a, b) => a.strength - b.strength)
  const end = pinned?.kind === "chip" ? "units" : "words"
  const own = links.filter((link) => link[end] === pinned?.cluster)
  const shown = own.some(({within}) => within) ? undefined : own.at(-1)
  return links.filter((link) => link.within || link === shown)
}

/** The range of links that is shown: the chosen one, or the one that the data suggest. */
export function shownRange({link_range: chosen}, {link_range: suggested}) {
  return chosen ?? suggested
}

/** The mean response of the widest link, of those up to `high` times the strongest. */
export function widestLink({weight}, [, high]) {
  return high * weight.reduce((most, each) => Math.max(most, Math.abs(each)), 0)
}

export function linkWidth(strength) {
  return 0.75 + 12.75 * strength ** 1.5
}

export function linkOpacity(strength) {
  return 0.16 + 0.44 * strength ** 0.9
}

/** A curve that leaves and arrives horizontally, its steep part shifted to the right by `shift`. */
export function linkPath(x0, y0, x1, y1, shift = 0) {
  const middle = (x0 + x1) / 2 + shift
  return `M${x0} ${y0}C${middle} ${y0} ${middle} ${y1} ${x1} ${y1}`
}

/**
 * The strokes of a link from (x0, y0) to (x1, y1): [{sign, d, width}]. One, by the sign of the mean;
 * where the parts cancel a pair of adjacent strokes, the positive above.
 */
export function linkStrokes({weight, strength, parts}, [x0, y0, x1, y1]) {
  if (!parts) {
    const sign = weight > 0 ? "positive" : "negative"
    return [{sign, d: linkPath(x0, y0, x1, y1), width: linkWidth(strength)}]
  }
  return ["positive", "negative"].map((sign, i) => {
    const [above, width] = [i ? -1 : 1, Math.max(1, linkWidth(parts[sign]) / 2)]
    const [shift, offset] = [(Math.sign(y1 - y0) * width) / 2, (above * width) / 2]
    return {sign, d: linkPath(x0, y0 - offset, x1, y1 - offset, above * shift), width}
  })
}
