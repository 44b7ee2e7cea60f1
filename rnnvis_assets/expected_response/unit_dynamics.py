"""How the state of every unit moves over time: saturation, half-life, drift, preservation."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from warehouse.arrays import Float32Array, Float64Array, FloatArray
from warehouse.schema import STATISTICS

LARGEST: Mapping[str, float] = MappingProxyType(
    {"hidden": 0.99, "cell_output": 0.99, "cell": float(np.arctanh(0.99))}
)
"""Beyond this a state is saturated: h itself, or of a cell state c the tanh(c) that is read."""

MOSTLY = 0.5


@dataclass(frozen=True)
class Dynamics:
    """One state of one layer, float32[units] each, NaN where it is not defined (see the table
    ``unit_summary``)."""

    saturated: Float32Array
    half_life: Float32Array
    drift: Float32Array
    preserved: Float32Array
    preserved_centred: Float32Array

    @property
    def means(self) -> dict[str, float | None]:
        """The mean of each over the units that have it, None without any; of half-lives the
        median, as a few are very long."""
        return {
            name: float((np.median if name == "half_life" else np.mean)(values[defined]))
            if (defined := np.isfinite(values)).any()
            else None
            for name, values in vars(self).items()
        }

    @property
    def is_saturated(self) -> bool:
        """Whether most of the values are saturated."""
        fraction = self.means["saturated"]
        return fraction is not None and fraction > MOSTLY


def state_that_is_read(saturated: Mapping[str, float | None]) -> str:
    """Of a layer's states, the one next to what reads the layer: h, then tanh(c), then c; one that
    is mostly saturated only where each is. ``saturated`` has their fractions. A c that nothing
    squashes, a matrix memory's, is the memory itself: it comes first."""
    if saturated.get("cell", 0) is None:
        return "cell"
    ordered = sorted(saturated, key=list(LARGEST).index)
    used = (state for state in ordered if (saturated[state] or 0) <= MOSTLY)
    return next(used, ordered[0])


def half_lives(kept: FloatArray) -> Float32Array:
    """Steps after which half is left if a step leaves ``kept`` [units]: -ln 2 / ln kept.

    0 where nothing is kept; NaN where all is.
    """
    kept = kept.astype(np.float64)
    within = (kept > 0) & (kept < 1)
    found = np.where(kept <= 0, 0.0, np.nan)
    found[within] = -np.log(2) / np.log(kept[within])
    return found.astype(np.float32)


def _ratio(part: Float64Array, whole: Float64Array) -> Float64Array:
    return np.divide(part, whole, out=np.full_like(part, np.nan), where=whole > 0)


def _common(one: Float32Array, other: Float32Array) -> Float32Array:
    """|one| clip(other / one, 0, 1), what two states have in common (Eq. 7)."""
    common: Float32Array = np.minimum(np.maximum(one, 0), np.maximum(other, 0))
    common -= np.maximum(np.minimum(one, 0), np.minimum(other, 0))
    return common


def unit_dynamics(
    blocks: Iterable[Sequence[Float32Array]],
    statistics: Float32Array,
    limit: float | None,
) -> Dynamics:
    """Reads a state once, in blocks of it, of its changes and, where it is known, of what was lost
    of it, float32[steps, units] each.

    ``statistics`` float32[9, units] are those of the state (rows as ``schema.STATISTICS``). It is
    saturated beyond ``limit`` (of ``LARGEST``; None: never); an h that is not bounded by 1, as of
    ReLU units, has no saturation. Steps from a state of zero, the first of sequences, have no step
    before them.
    """
    by_name = dict(zip(STATISTICS, statistics, strict=True))
    mean, std = by_name["mean"], by_name["std"].astype(np.float64)
    largest = max(-by_name["minimum"].min(), by_name["maximum"].max())
    squashed = limit is not None and (limit > 1 or largest <= 1)
    steps, saturated, sums = 0, np.zeros(len(mean), np.int64), np.zeros((7, len(mean)))
    for states, changes, *lost in blocks:
        steps += len(states)
        saturated += np.count_nonzero(np.abs(states) > (limit or np.inf), axis=0)
        before = states - changes
        follows = before.any(axis=1)
        before, after = before[follows], states[follows]
        left = [np.abs(before + values[follows]) for values in lost]
        old, new = before - mean, after - mean
        sums += [
            np.einsum("ij,ij->j", old, new, dtype=np.float64),
            np.einsum("ij,ij->j", old, old, dtype=np.float64),
            np.einsum("ij,ij->j", new, new, dtype=np.float64),
            (left[0] if left else _common(before, after)).sum(axis=0, dtype=np.float64),
            np.abs(before if left else after).sum(axis=0, dtype=np.float64),
            _common(old, new).sum(axis=0, dtype=np.float64),
            np.abs(new).sum(axis=0, dtype=np.float64),
        ]
    products, old_squares, new_squares, common, whole, centred_common, centred_whole = sums
    varies = std > 0
    correlation = _ratio(products, np.sqrt(old_squares * new_squares) * varies)
    return Dynamics(
        saturated=(saturated / (steps if squashed else np.nan)).astype(np.float32),
        half_life=half_lives(correlation),
        drift=_ratio(np.abs(mean.astype(np.float64)), std).astype(np.float32),
        preserved=_ratio(common, whole).astype(np.float32),
        preserved_centred=_ratio(centred_common, centred_whole * varies).astype(np.float32),
    )
