"""Clusters of whole units, as the affinities other than ``signed`` make them."""

import numpy as np

from warehouse.arrays import Int32Array
from warehouse.chips import Chips


def whole_units(clusters: Int32Array, num_clusters: int) -> Chips:
    """Chips of whole units, given the cluster of each, int32[units]."""
    units = np.arange(len(clusters), dtype=np.int32)
    return Chips(num_clusters, units, np.zeros_like(units), clusters)
