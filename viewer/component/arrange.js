/** The column of word clouds: which words each has, where it stands, how its words are packed. Pure. */

import {neededHeight, packCloud, packWholeCloud} from "./clouds.js"
import {arcLeft, cloudGap, cloudHeights, leastHeight} from "./layout.js"

/** Words of every cluster, the most central first. */
export function wordsByCluster({ids, words}, {word_cluster, centrality, k}) {
  const clusters = Array.from({length: k}, () => [])
  ids.forEach((id, i) => {
    clusters[word_cluster[i]].push({id, text: words[i], centrality: centrality[i]})
  })
  for (const cluster of clusters) cluster.sort((a, b) => b.centrality - a.centrality)
  return clusters
}

/**
 * The heights that grown clouds ask for, by cluster: of those that fit together, the first in any
 * case, so that what grows shows all its words.
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
 * `words`: of wordsByCluster; `box`: the frame's column; `asked`: words a cloud at most, 0 for as
 * many as fit; `selected`: word ids that are shown in any case; `grown`: clusters that are to show all
 * their words, the most wanted first; `measure`: of a text, its size and weight.
 */
export function arrangeClouds(words, box, {asked, selected, grown, measure}) {
  const needed = heightsOfGrown(words, box, grown, measure)
  const shown = words.map(({length}) => Math.min(length, asked || length))
  const heights = cloudHeights(shown, words.map((_, cluster) => needed.get(cluster) ?? null), box)
  const gap = cloudGap(box, heights.length)
  let y = box.top
  return words.map((members, cluster) => {
    const height = heights[cluster]
    const place = {x: arcLeft(box, y + height / 2), y, width: box.width, height}
    y += height + gap
    const packed = needed.has(cluster)
      ? packWholeCloud(members, place, measure)
      : packCloud(members, place, measure, asked, selected)
    return {...place, ...packed, grown: needed.has(cluster), count: members.length}
  })
}
