/**
 * The mirror image of a laid-out view, for the right pane of a comparison. Pure.
 *
 * Positions are mirrored, texts are not: words within a cloud, cells within a chip and bars within a
 * glyph keep their order from left to right.
 */

/** A box {x, width} mirrored about the middle of a view of this width. */
export function mirrorBox(box, width) {
  return {...box, x: width - box.x - box.width}
}

/** A column {left, width, sagitta}; the arc's depth adds to the width, and moves to its left. */
function mirrorColumn(column, width) {
  return {...column, left: width - column.left - column.width - (column.sagitta ?? 0)}
}

/** Frame, packing and clouds of a view, mirrored. */
export function mirrored({frame, packing, clouds}) {
  const {width, sentence, chips, legend} = frame
  return {
    frame: {
      ...frame, mirrored: true, sentence: mirrorColumn(sentence, width),
      legend: {...legend, x: width - legend.x}, chips: {...chips, axis: width - chips.axis}, clouds: mirrorColumn(frame.clouds, width),
    },
    packing: {...packing, chips: packing.chips.map((chip) => mirrorBox(chip, width))},
    clouds: clouds.map((cloud) => mirrorBox(cloud, width)),
  }
}

/** The edge of a box that faces the next column (sentence, chips, clouds). */
export function frontEdge({x, width}, isMirrored) {
  return isMirrored ? x : x + width
}

/** The x at a distance behind a box, towards the previous column. */
export function behind({x, width}, distance, isMirrored) {
  return isMirrored ? x + width + distance : x - distance
}
