"""Which part of a state is silenced: directions of units, held at the unit's mean."""

from dataclasses import dataclass

import numpy as np

from warehouse.arrays import BoolArray, Float32Array, Int8Array, Int32Array


@dataclass(frozen=True)
class Directions:
    """What can be silenced: ``unit`` int32[directions] and ``direction`` int8[directions], +1 where
    it rises above its mean, -1 where it falls below, 0 for the whole unit."""

    unit: Int32Array
    direction: Int8Array

    def __len__(self) -> int:
        return len(self.unit)


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
    layer: int, state: str, directions: Directions, chosen: BoolArray, means: Float32Array
) -> Clamps:
    """Silences the directions ``chosen`` bool[sets, directions] of a state with ``means``
    float32[units]: a rising one is kept at most at its unit's mean, a falling one at least, a whole
    unit at it."""
    shape = len(chosen), len(means)
    bounds = []
    for free, side in ((-np.inf, -1), (np.inf, +1)):
        bound = np.full(shape, free, np.float32)
        rows, places = np.nonzero(chosen & np.isin(directions.direction, (0, side)))
        units = directions.unit[places]
        bound[rows, units] = means[units]
        bounds.append(bound)
    return Clamps(layer, state, *bounds)
