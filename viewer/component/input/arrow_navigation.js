/** Where an arrow key leads within a chip, a cloud or a column of them. Pure. */

const STEPS = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]}

/** The neighbour of the `index`-th cell of a packed chip with `size` cells; itself at an edge. */
export function nextCell({line, down}, size, index, key) {
  const [x, y] = STEPS[key]
  const [along, across] = down ? [y, x] : [x, y]
  if (along && Math.floor((index + along) / line) !== Math.floor(index / line)) return index
  const next = index + along + across * line
  return next >= 0 && next < size ? next : index
}

/** Indices of words in reading order: lines downwards, each from left to right. */
function readingOrder(words) {
  const order = words.map((_, i) => i).sort((a, b) => words[a].y - words[b].y)
  const lines = []
  for (const i of order) {
    const line = lines.at(-1)
    if (line && words[i].y - words[line[0]].y < words[i].size / 2) line.push(i)
    else lines.push([i])
  }
  return lines.flatMap((line) => line.sort((a, b) => words[a].x - words[b].x))
}

/** The nearest word above or below, distances downwards counting twice; or itself. */
function nearestLine(words, index, direction) {
  const middle = ({x, width}) => x + width / 2
  const from = words[index]
  let [best, distance] = [index, Infinity]
  words.forEach((word, i) => {
    const ahead = (word.y - from.y) * direction
    if (ahead < from.size / 2) return
    const away = Math.hypot(ahead * 2, middle(word) - middle(from))
    if (away < distance) [best, distance] = [i, away]
  })
  return best
}

/** The neighbour of the `index`-th word of a packed cloud ({x, y, width, size}); itself at an end. */
export function nextWord(words, index, key) {
  const [x, y] = STEPS[key]
  if (y) return nearestLine(words, index, y)
  const order = readingOrder(words)
  return order[order.indexOf(index) + x] ?? index
}

/** The first word in reading order. */
export function firstWord(words) {
  return readingOrder(words)[0]
}

/** The next of `count` clusters of a column; itself at an end. */
export function nextCluster(count, cluster, key) {
  const next = {ArrowUp: cluster - 1, ArrowDown: cluster + 1, Home: 0, End: count - 1}[key]
  return Math.min(count - 1, Math.max(0, next ?? cluster))
}
