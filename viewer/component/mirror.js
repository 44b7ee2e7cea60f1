/**
 * The mirror image of a laid-out view, for the right pane of a comparison. Pure.
 *
 * Places are mirrored, texts are not: words within a cloud, cells within a chip and bars within a
 * glyph keep their order from left to right.
 */

/** A box {x, width}, as seen in a mirror in the middle of a view of this width. */
export function mirrorBox(box, width) {
  return {...box, x: width - box.x - box.width}
}

/** A column {left, width, sagitta}; the arc's depth stands beside the width, and moves to its left. */
function mirrorColumn(column, width) {
  return {...column, left: width - column.left - column.width - (column.sagitta ?? 0)}
}

/** Frame, packing and clouds of a view, mirrored; nothing else of it. */
export function mirrored({frame, packing, clouds}) {
  const {width, sentence, chips} = frame
  return {
    frame: {
      ...frame,
      mirrored: true,
      sentence: mirrorColumn(sentence, width),
      chips: {...chips, axis: width - chips.axis},
      clouds: mirrorColumn(frame.clouds, width),
    },
    packing: {...packing, chips: packing.chips.map((chip) => mirrorBox(chip, width))},
    clouds: clouds.map((cloud) => mirrorBox(cloud, width)),
  }
}

/** The edge of a box on the side of the next column: sentence, chips, clouds. */
export function frontEdge({x, width}, isMirrored) {
  return isMirrored ? x : x + width
}

/** The x at a distance from the box, on the side of the column before. */
export function behind(box, distance, isMirrored) {
  return isMirrored ? box.x + box.width + distance : box.x - distance
}
