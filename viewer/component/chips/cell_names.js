/** What cells are called: units, or their directions. Pure. */

export const [RISING, FALLING] = ["▲", "▼"]

/** What the cells of a co-clustering are, whose directions are 0 for whole units. */
export function cellKind({direction}) {
  return direction.some((each) => each) ? "directions" : "units"
}

/** A cell's unit, and whether it is this as it rises or as it falls. */
export function cellName({unit, direction}) {
  if (!direction) return `unit ${unit}`
  return `unit ${unit} ${direction > 0 ? `${RISING} rising` : `${FALLING} falling`}`
}

/** A cluster's number, and the name that somebody gave it. */
export function clusterName({names}, cluster) {
  const name = names?.[cluster]
  return `cluster ${cluster + 1}${name ? ` “${name}”` : ""}`
}

/**
 * What the colours show, the longest text first: of a word's mean response, or of its effect at one
 * step of a sentence, on whole units or on directions.
 */
export function legendTitles({word, step}, kind) {
  const name = `“${word}”`
  if (kind === "units") return [step ? `effect of ${name} at this step` : `response to ${name}`]
  const [drives, when] = step ? ["drove", " at this step"] : ["drives", ""]
  return [
    `${RISING} unit that rises, ${FALLING} falls; orange: ${name} ${drives} it that way${when}`,
    `${RISING} rises, ${FALLING} falls; orange: ${name} ${drives} it that way`,
    `${RISING} ${FALLING} driven by ${name}`,
  ]
}
