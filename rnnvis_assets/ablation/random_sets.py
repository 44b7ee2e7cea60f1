"""Random sets of directions: what a chip is compared with."""

import numpy as np

from warehouse.arrays import BoolArray, Float64Array, FloatArray, Int8Array, IntArray

STRATA = 10
"""Groups of equally many directions, by strength, in which matched sets are drawn."""


def direction_strengths(
    responses: FloatArray, unit: IntArray, direction: Int8Array
) -> Float64Array:
    """How strongly the clustered words drive each direction: float64[directions].

    The Euclidean norm over the words of their mean responses [words, units] in that direction only:
    max(s, 0) where it rises, max(-s, 0) where it falls, s for a whole unit.
    """
    moved = responses[:, unit].astype(np.float64)
    oriented = np.where(direction == 0, np.abs(moved), np.maximum(moved * direction, 0))
    strengths: Float64Array = np.linalg.norm(oriented, axis=0)
    return strengths


def plain_sets(chosen: BoolArray, count: int, generator: np.random.Generator) -> BoolArray:
    """``count`` sets bool[count, directions] of as many directions as ``chosen`` bool[directions],
    every set as likely as any other."""
    return generator.permuted(np.tile(chosen, (count, 1)), axis=1)


def matched_sets(
    chosen: BoolArray, strengths: Float64Array, count: int, generator: np.random.Generator
) -> BoolArray:
    """The same, with as many directions of every tenth by strength as ``chosen`` has."""
    sets = np.tile(chosen, (count, 1))
    for stratum in np.array_split(np.argsort(strengths, kind="stable"), STRATA):
        sets[:, stratum] = plain_sets(chosen[stratum], count, generator)
    return sets
