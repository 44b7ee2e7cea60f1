"""Which part of a state is silenced: directions of units, held at the unit's mean."""

from dataclasses import dataclass

import numpy as np

from warehouse.arrays import BoolArray, Float32Array
from warehouse.chips import Chips


@dataclass(frozen=True)
class Clamps:
    """Sets of bounds on one state of one layer: ``lower`` and ``upper`` float32[sets, units],
    infinite where a unit is free."""

    layer: int
    state: str
    lower: Float32Array
    upper: Float32Array

    def __len__(self) -> int:
        return len(self.lower)

    def sets(self, start: int, stop: int) -> "Clamps":
        """Some of the sets."""
        return Clamps(self.layer, self.state, self.lower[start:stop], self.upper[start:stop])


def clamp_at_means(
    layer: int, state: str, chips: Chips, chosen: BoolArray, means: Float32Array
) -> Clamps:
    """Silences the cells ``chosen`` bool[sets, cells] of a state with ``means`` float32[units]: a
    rising direction is kept at most at its unit's mean, a falling one at least, a whole unit at it.
    """
    shape = len(chosen), len(means)
    bounds = []
    for free, side in ((-np.inf, -1), (np.inf, +1)):
        bound = np.full(shape, free, np.float32)
        rows, cells = np.nonzero(chosen & np.isin(chips.directions, (0, side)))
        units = chips.units[cells]
        bound[rows, units] = means[units]
        bounds.append(bound)
    return Clamps(layer, state, *bounds)
