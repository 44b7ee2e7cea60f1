/**
 * What silencing a chip costs, as a bullet next to it: a grey bar spans the costs of random sets of
 * as many directions, a black tick is the chip's own. Pure.
 */

import {frontEdge} from "../scene/mirror.js"

const BULLET = {width: 28, height: 7, gap: 6}
const TICK = {width: 2, reach: 3}

/** How far from its chip a link begins, which leaves room for the bullet. */
export const BULLET_ROOM = BULLET.width + 2 * BULLET.gap

/** The costs at the ends of all bullets of a view, zero among them. */
export function bulletScale({costs, lows, highs}) {
  const known = [costs, lows, highs].flatMap((values) => Array.from(values).filter(Number.isFinite))
  return {low: Math.min(0, ...known), high: Math.max(0, ...known)}
}

/** The box next to a chip in which its bullet is. */
export function bulletBox(chip, mirrored) {
  const edge = frontEdge(chip, mirrored)
  const {width, height, gap} = BULLET
  return {x: mirrored ? edge - gap - width : edge + gap, y: chip.y + (chip.height - height) / 2, width, height}
}

/** {track, range, tick}, boxes each, of the chip of a cluster; null where its cost is not known. */
export function bulletMarks(chip, cluster, costs, mirrored) {
  const cost = costs.costs?.[cluster]
  if (cost === undefined || Number.isNaN(cost)) return null
  const {low, high} = bulletScale(costs)
  const {x, y, width, height} = bulletBox(chip, mirrored)
  const at = (value) => x + ((value - low) / (high - low || 1)) * width
  const [from, to] = [at(costs.lows[cluster]), at(costs.highs[cluster])]
  return {
    track: {x, y: y + 1, width, height: height - 2},
    range: {x: from, y: y + 1, width: Math.max(1, to - from), height: height - 2},
    tick: {
      x: at(cost) - TICK.width / 2, y: y - TICK.reach, width: TICK.width,
      height: height + 2 * TICK.reach,
    },
  }
}
