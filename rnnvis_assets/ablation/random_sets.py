"""Random sets of cells (directions, or whole units): what a chip is compared with."""

import numpy as np

from warehouse.arrays import BoolArray, Float64Array, FloatArray
from warehouse.chips import Chips

STRATA = 10
"""Groups of equally many cells, by strength, in which matched sets are drawn."""


def cell_strengths(responses: FloatArray, chips: Chips) -> Float64Array:
    """How strongly the clustered words drive each cell: float64[cells].

    The Euclidean norm over the words of their mean responses [words, units] in the direction of the
    cell only, max(s, 0) where it rises and max(-s, 0) where it falls; of s for a whole unit.
    """
    moved = chips.orient(responses.astype(np.float64))
    counted = np.where(chips.directions == 0, moved, np.maximum(moved, 0))
    strengths: Float64Array = np.linalg.norm(counted, axis=0)
    return strengths


def plain_sets(chosen: BoolArray, count: int, generator: np.random.Generator) -> BoolArray:
    """``count`` sets bool[count, cells] of as many cells as ``chosen`` bool[cells],
    every set as likely as any other."""
    return generator.permuted(np.tile(chosen, (count, 1)), axis=1)


def matched_sets(
    chosen: BoolArray, strengths: Float64Array, count: int, generator: np.random.Generator
) -> BoolArray:
    """The same, with as many cells of every tenth by strength as ``chosen`` has."""
    sets = np.tile(chosen, (count, 1))
    for stratum in np.array_split(np.argsort(strengths, kind="stable"), STRATA):
        sets[:, stratum] = plain_sets(chosen[stratum], count, generator)
    return sets
