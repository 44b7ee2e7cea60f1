"""What the data decide of a picture until the user does: what the bars show, and which links."""

import math
from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from viewer.data import detail_data, release_store
from viewer.data.detail_data import Columns
from viewer.data.release_cache import cached_by_release
from viewer.data.release_store import Analysis
from warehouse.arrays import Float32Array, Float64Array
from warehouse.cluster_queries import ReleasedCoClustering
from warehouse.reader import Release

AUTOMATIC = "automatic"
BARS: Mapping[str, str] = MappingProxyType(
    {
        AUTOMATIC: "what varies most",
        "states": "states",
        "deviations": "states less their mean",
        "changes": "changes",
    }
)
"""What a control offers, by the name in an address."""
LEAST_SHARE = 0.5
"""Share of a state's mean square that varies from step to step; below it states all look alike."""
LEAST_MOVEMENT = 0.05
"""One less the correlation of a state with that of the step before, below which they still do, less
their mean."""
PAPERS_RANGE = (0.2, 1.0)
"""As in the paper, links under a fifth of the strongest are hidden."""
MANY_CLUSTERS = 10
LINKS_A_CLUSTER = 3


@cached_by_release
def varying_bars(release: Release, layer: int, state: str) -> str:
    """What varies most from step to step in a layer's state: one of ``BARS``."""
    return bars_of(detail_data.unit_summary(release, layer, state))


def bars_of(summary: Columns) -> str:
    """``summary`` of ``detail_data.unit_summary``."""
    variance, mean = np.square(summary["std"]).sum(), np.square(summary["mean"]).sum()
    change = np.square(summary["delta_std"]).sum()
    if not variance > 0 or change / (2 * variance) < LEAST_MOVEMENT:
        return "changes"
    return "states" if variance / (variance + mean) >= LEAST_SHARE else "deviations"


@cached_by_release
def chip_means(release: Release, analysis: Analysis) -> Float32Array:
    """float32[k]: the recorded mean of each chip's cells, as they see their units."""
    chips = release_store.co_clustering(release, analysis).chips
    mean = detail_data.unit_summary(release, analysis.layer, analysis.state)["mean"]
    sums = np.bincount(chips.clusters, chips.orient(mean), minlength=chips.num_clusters)
    return (sums / np.maximum(chips.sizes, 1)).astype(np.float32)


def readable_links(found: ReleasedCoClustering) -> tuple[float, float]:
    """The range of links to show, as fractions of the strongest: the paper's, or of many clusters
    about three a cluster."""
    k = len(found.weights)
    if k < MANY_CLUSTERS:
        return PAPERS_RANGE
    fractions = np.sort(_fractions(found), axis=None)[::-1]
    low = math.floor(100 * float(fractions[LINKS_A_CLUSTER * k - 1])) / 100
    crowded = int((fractions >= low).sum()) > (LINKS_A_CLUSTER + 1) * k
    return PAPERS_RANGE if crowded else (low, PAPERS_RANGE[1])


def _fractions(found: ReleasedCoClustering) -> Float64Array:
    """The magnitudes of all links over the strongest mean, as the picture compares them: where the
    parts cancel, of the smaller part."""
    mean = np.abs(found.weights)
    smaller = np.minimum(found.positive, -found.negative)
    magnitude = np.where(smaller > mean, smaller, mean)
    strongest = float(mean.max(initial=0.0)) or 1.0
    fractions: Float64Array = np.minimum(1.0, magnitude / strongest).astype(np.float64)
    return fractions
