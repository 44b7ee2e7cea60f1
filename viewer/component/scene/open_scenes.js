/** The scenes of this page: one, or two that are compared. */

const OPEN = new Set()

/** Notes a scene until the returned function is called. */
export function noteScene(scene) {
  OPEN.add(scene)
  return () => OPEN.delete(scene)
}

/** Those next to this one. */
export function otherScenes(scene) {
  return [...OPEN].filter((other) => other !== scene)
}

/** All of them, the left one first. */
export function openScenes() {
  const left = ({root}) => root.getBoundingClientRect().left
  return [...OPEN].sort((one, other) => left(one) - left(other))
}
