"""The unit clusters of a co-clustering, and responses and states as their members see them."""

from dataclasses import dataclass

import numpy as np

from warehouse.arrays import FloatArray, Int32Array, IntArray


@dataclass(frozen=True, eq=False)
class Chips:
    """``num_clusters`` unit clusters ("memory chips") and their members ("cells").

    int32[cells] each: ``units``, their ``directions`` (+1: the unit as it rises, -1: as it falls,
    0: the whole unit) and ``clusters``.
    """

    num_clusters: int
    units: Int32Array
    directions: Int32Array
    clusters: Int32Array

    @property
    def sizes(self) -> IntArray:
        """int[num_clusters]: how many cells each cluster has."""
        return np.bincount(self.clusters, minlength=self.num_clusters)

    @property
    def signs(self) -> Int32Array:
        """int32[cells]: -1 for a falling direction, else 1."""
        return np.where(self.directions < 0, np.int32(-1), np.int32(1))

    def orient(self, values: FloatArray) -> FloatArray:
        """Values [..., units] as the cells see them, [..., cells]: their negative for a falling
        direction."""
        return values[..., self.units] * self.signs.astype(values.dtype)
