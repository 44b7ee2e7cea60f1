/** Links between chips and clouds: which are drawn, how wide, along which curve. Pure. */

/**
 * How strong the link of a mean response and of its positive and negative parts is, and whether the
 * parts cancel: even the smaller one outweighs what is left of both, and is the link's strength.
 */
function strengthOf(weight, positive, negative) {
  const smaller = Math.min(positive, -negative)
  const cancels = smaller > Math.abs(weight)
  return {cancels, strength: cancels ? smaller : Math.abs(weight)}
}

function touches(focus, {words, units}) {
  return focus !== null && (focus.kind === "chip" ? units : words) === focus.cluster
}

/**
 * Links whose shares of the strongest mean lie within [low, high], strongest last. The strongest
 * that may be seen is drawn widest, so that one outlier, once hidden, leaves its room to the others.
 * A cluster that is looked at (`pinned`: {kind, cluster} or null) shows its strongest in any case.
 *
 * `clusters`: {k, weight, positive, negative}, arrays of k·k means, a row a word cluster. Returns
 * [{words, units, weight, share, parts, within}], shares of `high` times the strongest; where the parts of a
 * mean cancel, `parts` are their shares {positive, negative}, else null.
 */
export function selectLinks({k, weight, positive, negative}, [low, high], pinned = null) {
  const strongest = weight.reduce((most, w) => Math.max(most, Math.abs(w)), 0)
  const shareOf = (value) => (strongest > 0 ? Math.min(1, Math.abs(value) / strongest) : 0)
  const links = []
  for (let i = 0; i < k * k; i += 1) {
    const {cancels, strength} = strengthOf(weight[i], positive[i], negative[i])
    const share = shareOf(strength)
    if (share <= 0) continue
    const ofHigh = (value) => Math.min(1, shareOf(value) / high)
    const shares = {positive: ofHigh(positive[i]), negative: ofHigh(negative[i])}
    links.push({
      words: Math.floor(i / k), units: i % k, weight: weight[i], share: ofHigh(strength),
      within: share >= low && share <= high,
      parts: cancels ? shares : null,
    })
  }
  links.sort((a, b) => a.share - b.share)
  const own = links.filter((link) => touches(pinned, link))
  const shown = own.some(({within}) => within) ? undefined : own.at(-1)
  return links.filter((link) => link.within || link === shown)
}

export function linkWidth(share) {
  return 0.75 + 12.75 * share ** 1.5
}

export function linkOpacity(share) {
  return 0.16 + 0.44 * share ** 0.9
}

/** A curve that leaves and arrives horizontally, its steep part moved to the right by `shift`. */
export function linkPath(x0, y0, x1, y1, shift = 0) {
  const middle = (x0 + x1) / 2 + shift
  return `M${x0} ${y0}C${middle} ${y0} ${middle} ${y1} ${x1} ${y1}`
}

/**
 * The strokes of a link from (x0, y0) to (x1, y1): [{sign, d, width}]. One, by the sign of the
 * mean; or where the parts cancel a pair side by side, the positive above.
 */
export function linkStrokes({weight, share, parts}, [x0, y0, x1, y1]) {
  if (!parts) {
    const sign = weight > 0 ? "positive" : "negative"
    return [{sign, d: linkPath(x0, y0, x1, y1), width: linkWidth(share)}]
  }
  const beside = (sign, width, above) => {
    const [shift, aside] = [(Math.sign(y1 - y0) * width) / 2, above * (width / 2)]
    return {sign, d: linkPath(x0, y0 - aside, x1, y1 - aside, above * shift), width}
  }
  const widthOf = (part) => Math.max(1, linkWidth(part) / 2)
  return [
    beside("positive", widthOf(parts.positive), 1), beside("negative", widthOf(parts.negative), -1),
  ]
}
