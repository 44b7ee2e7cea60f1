"""How the units of the shown chips move, whatever the word: half-lives and saturation."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from viewer.data.detail_data import unit_summary
from viewer.data.release_cache import cached_by_release
from viewer.data.release_store import CLIP_PERCENTILE, Analysis
from viewer.percentages import percent
from warehouse.arrays import Float32Array
from warehouse.reader import Release


@dataclass(frozen=True, eq=False)
class ClusterMoves:
    """``half_life`` (steps) and ``saturated`` (a fraction of steps) float32[units], NaN where there
    is none; ``longest``, the half-life at the end of the colours; ``chips``, of each that has
    cells, their number and the same (None without), the slowest first."""

    half_life: Float32Array
    saturated: Float32Array
    longest: float
    chips: tuple[Mapping[str, Any], ...]


@cached_by_release
def cluster_moves(release: Release, analysis: Analysis) -> ClusterMoves:
    """How the units of one co-clustering move."""
    summary = unit_summary(release, analysis.layer, analysis.state)
    half_life, saturated = (summary[name].astype(np.float32) for name in ("half_life", "saturated"))
    known = half_life[np.isfinite(half_life)]
    longest = float(np.percentile(known, CLIP_PERCENTILE)) if len(known) else 0.0
    rows = release.clusters.dynamics(**analysis.key).to_pylist()
    chips = tuple(row | {"cluster": analysis.to_shown(row["cluster"])} for row in rows)
    return ClusterMoves(half_life, saturated, longest or 1.0, chips)


def moves_text(half_life: float | None, saturated: float | None) -> str:
    """What is known of a chip, "" if nothing is."""
    parts = []
    if half_life is not None:
        parts.append(f"half-life {half_life:.1f} steps (median)")
    if saturated is not None:
        parts.append(f"{percent(saturated, 0)} saturated")
    return ", ".join(parts)
