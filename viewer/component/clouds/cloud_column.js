/** The column of word clouds: their words, their positions and their packing. Pure. */

import {arcLeft, cloudGap, cloudHeights, leastHeight} from "../scene/layout.js"
import {mostShown, neededHeight, packCloud, packWholeCloud} from "./word_packing.js"

/** Words of every cluster, those drawn largest first. */
export function wordsByCluster({ids, words}, {word_cluster, size, k}) {
  const clusters = Array.from({length: k}, () => [])
  ids.forEach((id, i) => {
    clusters[word_cluster[i]].push({id, text: words[i], strength: size[i]})
  })
  for (const cluster of clusters) cluster.sort((a, b) => b.strength - a.strength)
  return clusters
}

/**
 * The heights that expanded clouds need, by cluster: those that fit together, and always the first,
 * so that an expanded cloud shows all its words.
 */
function heightsOfGrown(words, box, grown, measure) {
  const low = leastHeight(box, words.length)
  let room = box.height - words.length * (low + cloudGap(box, words.length))
  const needed = new Map()
  for (const cluster of grown) {
    const need = neededHeight(words[cluster], box.width, measure)
    if (needed.size && need - low > room) continue
    needed.set(cluster, need)
    room -= need - low
  }
  return needed
}

/**
 * Clouds from top to bottom: [{x, y, width, height, words, folded, content, grown, count}].
 *
 * `words`: of wordsByCluster; `box`: the frame's column; `asked`: the largest number of words per
 * cloud, 0 for as many as fit; `selected`: word ids that are always shown; `grown`: clusters that
 * expand to all their words, by falling priority; `measure`: of a text, its size and weight.
 */
export function arrangeClouds(words, box, options) {
  const {asked, selected, grown, measure} = options
  const needed = heightsOfGrown(words, box, grown, measure)
  const shown = words.map((members) => mostShown(members, asked))
  const heights = cloudHeights(shown, words.map((_, cluster) => needed.get(cluster) ?? null), box)
  // How far the middle of the last cloud is below what is allowed.
  const over = box.top + box.height - heights.at(-1) / 2 - (box.lowest ?? Infinity)
  if (over > 1) return arrangeClouds(words, {...box, height: box.height - over}, options)
  const gap = cloudGap(box, heights.length)
  let y = box.top
  return words.map((members, cluster) => {
    const height = heights[cluster]
    const place = {x: arcLeft(box, y + height / 2), y, width: box.width, height}
    y += height + gap
    const isGrown = needed.has(cluster)
    const packed = isGrown
      ? packWholeCloud(members, place, measure)
      : packCloud(members, place, measure, asked, selected)
    return {...place, ...packed, grown: isGrown, count: members.length}
  })
}
