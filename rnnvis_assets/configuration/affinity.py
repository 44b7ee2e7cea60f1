"""Affinities: from signed responses to the non-negative matrix that co-clustering needs.

To add one, add its name to ``Affinity`` and its row to ``AFFINITIES``: the configuration, the
stage, the schema's text and the help text follow.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import numpy as np

from warehouse.arrays import Float64Array, FloatArray

Affinity = Literal["positive", "negative", "absolute", "shifted"]


@dataclass(frozen=True)
class AffinityKind:
    """How responses s become affinities; ``groups`` completes "words are grouped"."""

    formula: str
    groups: str
    compute: Callable[[Float64Array], Float64Array]


AFFINITIES: Mapping[Affinity, AffinityKind] = MappingProxyType({
    "positive": AffinityKind(
        "max(s, 0)", "by the units that they increase", lambda s: np.maximum(s, 0)
    ),
    "negative": AffinityKind(
        "max(-s, 0)", "by the units that they decrease", lambda s: np.maximum(-s, 0)
    ),
    "absolute": AffinityKind("|s|", "by the units that they change, up or down", np.abs),
    "shifted": AffinityKind(
        "s - min s", "by their responses, shifted above zero", lambda s: s - s.min()
    ),
})  # fmt: skip


def affinity_matrix(responses: FloatArray, affinity: Affinity) -> Float64Array:
    """How much words and units belong together: float64[words, units], nothing below 0."""
    return AFFINITIES[affinity].compute(np.asarray(responses, np.float64))
