"""How alike two words' mean responses are over all units of a layer."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from warehouse.arrays import FloatArray

_NORMAL_95 = 1.959963984540054
_FEWEST = 4
"""Units below which there is no interval."""


@dataclass(frozen=True)
class Correlation:
    """Pearson's ``r`` over ``units`` units and the ends of its 95 % interval, by Fisher's
    transformation (1921), NaN with fewer than four units; all NaN where a response is constant."""

    r: float
    low: float
    high: float
    units: int


def correlation(one: FloatArray, other: FloatArray) -> Correlation:
    """Of two mean responses [units]."""
    units = len(one)
    first, second = one - one.mean(dtype=np.float64), other - other.mean(dtype=np.float64)
    size = float(np.sqrt((first @ first) * (second @ second)))
    if not size > 0:
        return Correlation(np.nan, np.nan, np.nan, units)
    r = float(np.clip((first @ second) / size, -1, 1))
    if units < _FEWEST or abs(r) == 1:
        ends = (r, r) if units >= _FEWEST else (np.nan, np.nan)
        return Correlation(r, *ends, units)
    reach = _NORMAL_95 / np.sqrt(units - 3)
    low, high = (float(np.tanh(np.arctanh(r) + side * reach)) for side in (-1, 1))
    return Correlation(r, low, high, units)


def correlations_text(words: Sequence[str], responses: Sequence[FloatArray]) -> str:
    """Of every two of the words, "" for a single one."""
    pairs = [
        f"{words[i]}–{words[j]} {_text(correlation(responses[i], responses[j]))}"
        for i, j in combinations(range(len(words)), 2)
    ]
    if not pairs:
        return ""
    of = f"Correlation of mean responses over {len(responses[0]):,} units (95 % interval)"
    return f"{of}: {'; '.join(pairs)}"


def _text(found: Correlation) -> str:
    if np.isnan(found.r):
        return "none, as a response is constant"
    ends = "" if np.isnan(found.low) else f" ({found.low:+.2f} to {found.high:+.2f})"
    return f"{found.r:+.2f}{ends}".replace("-", "−")
