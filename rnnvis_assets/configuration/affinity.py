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

Affinity = Literal["signed", "positive", "negative", "absolute", "shifted"]


@dataclass(frozen=True)
class AffinityKind:
    """How responses s become affinities; ``groups`` completes "words are grouped".

    ``directions`` say what is clustered: whole units (0), or each unit once as it rises (+1), where
    s is its response, and once as it falls (-1), where s is the negative of its response.
    """

    groups: str
    compute: Callable[[Float64Array], Float64Array]
    directions: tuple[int, ...] = (0,)


AFFINITIES: Mapping[Affinity, AffinityKind] = MappingProxyType({
    "signed": AffinityKind(
        "by the units that they increase and those that they decrease, each direction by itself",
        lambda s: np.maximum(s, 0),
        directions=(1, -1),
    ),
    "positive": AffinityKind("by the units that they increase", lambda s: np.maximum(s, 0)),
    "negative": AffinityKind("by the units that they decrease", lambda s: np.maximum(-s, 0)),
    "absolute": AffinityKind("by the units that they change, up or down", np.abs),
    "shifted": AffinityKind("by their responses, shifted above zero", lambda s: s - s.min()),
})  # fmt: skip


def oriented_responses(responses: FloatArray, affinity: Affinity) -> FloatArray:
    """Responses [words, units] of what an affinity clusters: [words, directions · units], all units
    of its first direction before those of the second."""
    directions = AFFINITIES[affinity].directions
    return np.hstack([-responses if direction < 0 else responses for direction in directions])


def affinity_matrix(responses: FloatArray, affinity: Affinity) -> Float64Array:
    """How much words and what is clustered belong together: float64[words, directions · units],
    nothing below 0."""
    values = np.asarray(oriented_responses(responses, affinity), np.float64)
    return AFFINITIES[affinity].compute(values)
