/** Links between chips and clouds: which are drawn, how wide, along which curve. Pure. */

/**
 * Links whose shares of the strongest lie within [low, high], strongest last.
 *
 * `weight`: k·k mean responses, a row a word cluster. Returns [{words, units, weight, share}].
 */
export function selectLinks(weight, k, [low, high]) {
  const strongest = weight.reduce((most, w) => Math.max(most, Math.abs(w)), 0)
  const links = []
  for (let i = 0; i < k * k; i += 1) {
    const share = strongest > 0 ? Math.abs(weight[i]) / strongest : 0
    if (share <= 0 || share < low || share > high) continue
    links.push({words: Math.floor(i / k), units: i % k, weight: weight[i], share})
  }
  return links.sort((a, b) => a.share - b.share)
}

export function linkWidth(share) {
  return 0.5 + 13 * share ** 1.6
}

export function linkOpacity(share) {
  return 0.1 + 0.5 * share ** 0.9
}

/** A curve that leaves and arrives horizontally. */
export function linkPath(x0, y0, x1, y1) {
  const middle = (x0 + x1) / 2
  return `M${x0} ${y0}C${middle} ${y0} ${middle} ${y1} ${x1} ${y1}`
}
