"""What a unit cluster contains, gains and preserves at every step (paper, Eq. 6 and 7).

Pure functions of arrays, used alike for a whole recording and for a sentence typed in the viewer.
"""

from dataclasses import dataclass

import numpy as np

from warehouse.arrays import BoolArray, Float32Array
from warehouse.chips import Chips


@dataclass(frozen=True)
class Glyphs:
    """Information of every unit cluster at every step; float32[steps, clusters] each.

    ``positive`` and ``negative`` are the sums of the states above and below 0 (Eq. 6, not divided
    by the number of units); the changes are their differences from the previous step. ``preserved``
    is the fraction of the current state that was in the previous one (Eq. 7), 0 without a current
    state. ``keep`` is the fraction of the previous state that the gate keeps, 0 without a previous
    state; None without a gate.

    Of a matrix memory, whose change is known in two parts, ``written`` and ``lost`` are the sums of
    these, together the sum of both changes; None of other states. ``preserved`` is then the
    fraction of the previous state that is left after the loss, at most 1: no rule of overlap is
    needed.

    Of a unit as it falls, the state is its negative: in chips of directions, positive is more of
    what the words of the chip's own cloud do, whatever the sign of a unit.
    """

    positive: Float32Array
    negative: Float32Array
    positive_change: Float32Array
    negative_change: Float32Array
    written: Float32Array | None
    lost: Float32Array | None
    preserved: Float32Array
    keep: Float32Array | None


@dataclass(frozen=True)
class SplitChanges:
    """The two parts of the changes of a matrix memory, float32[steps, units] each: what each word
    wrote, and what was lost of the state before."""

    written: Float32Array
    lost: Float32Array


def _fraction(part: Float32Array, whole: Float32Array) -> Float32Array:
    """part / whole, 0 where there is no whole; at most 1, whatever rounding does."""
    fractions = np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)
    return np.minimum(fractions, 1, out=fractions)


def _membership(chips: Chips, chosen: BoolArray, units: int) -> Float32Array:
    """float32[units, clusters]: 1 where a cluster has the unit among the ``chosen`` cells."""
    members = np.zeros((units, chips.num_clusters), np.float32)
    members[chips.units[chosen], chips.clusters[chosen]] = 1
    return members


class ClusterReader:
    """Sums up one state of one layer by unit cluster, block by block, carrying the last state."""

    def __init__(self, chips: Chips, before: Float32Array | None = None) -> None:
        """``before`` float32[units] is the state before the first step (zero without it); the last
        units may be in no chip only where it is given."""
        units = int(chips.units.max()) + 1 if before is None else len(before)
        self._upward, self._downward = (
            _membership(chips, chosen, units)
            for chosen in (chips.directions >= 0, chips.directions < 0)
        )
        self._last = np.zeros(units, np.float32) if before is None else before

    def read(
        self,
        states: Float32Array,
        starts: BoolArray,
        keep_gate: Float32Array | None = None,
        split: SplitChanges | None = None,
    ) -> Glyphs:
        """The glyphs of the next steps: float32[steps, units].

        ``starts`` bool[steps] says where a sequence begins, after a state of zero; ``keep_gate``
        is the fraction of the previous state that is kept (None without such a gate).
        """
        previous = np.vstack((self._last, states[:-1]))
        previous[starts] = 0
        self._last = states[-1].copy()
        return self.aggregate(states, previous, keep_gate, split)

    def aggregate(
        self,
        states: Float32Array,
        previous: Float32Array,
        keep_gate: Float32Array | None,
        split: SplitChanges | None,
    ) -> Glyphs:
        """The glyphs of steps whose previous states, float32[steps, units] like them, are known."""
        above, below = np.maximum(states, 0), np.minimum(states, 0)
        above_before, below_before = np.maximum(previous, 0), np.minimum(previous, 0)
        positive, negative = self._sums(above, below)
        positive_before, negative_before = self._sums(above_before, below_before)
        before = positive_before - negative_before
        written = lost = keep = None
        if split is not None:
            written, lost = self._net(split.written), self._net(split.lost)
            preserved = _fraction(self._total(np.abs(previous + split.lost)), before)
        else:
            # |s'| clip(s / s', 0, 1) for the state s' before, without dividing: their common part.
            common = np.minimum(above, above_before) - np.maximum(below, below_before)
            preserved = _fraction(self._total(common), positive - negative)
        if keep_gate is not None:
            keep = _fraction(self._total(keep_gate * np.abs(previous)), before)
        return Glyphs(
            positive=positive,
            negative=negative,
            positive_change=positive - positive_before,
            negative_change=negative - negative_before,
            written=written,
            lost=lost,
            preserved=preserved,
            keep=keep,
        )

    def _total(self, sizes: Float32Array) -> Float32Array:
        """Sums over the cells of each cluster, float32[steps, clusters], of what has no sign."""
        totals: Float32Array = sizes @ (self._upward + self._downward)
        return totals

    def _net(self, values: Float32Array) -> Float32Array:
        """The same of signed values, which a unit as it falls counts the other way round."""
        sums: Float32Array = values @ (self._upward - self._downward)
        return sums

    def _sums(self, above: Float32Array, below: Float32Array) -> tuple[Float32Array, Float32Array]:
        """Sums over the cells of each cluster, float32[steps, clusters], of states above and below
        0, which change places for a unit as it falls."""
        positive: Float32Array = above @ self._upward - below @ self._downward
        negative: Float32Array = below @ self._upward - above @ self._downward
        return positive, negative


def sentence_glyphs(
    states: Float32Array,
    keep_gate: Float32Array | None,
    chips: Chips,
    before: Float32Array | None = None,
    split: SplitChanges | None = None,
) -> Glyphs:
    """The glyphs of one sequence, float32[steps, units] in, read from the state ``before``
    float32[units], or from a zero state."""
    starts = np.zeros(len(states), bool)
    return ClusterReader(chips, before).read(states, starts, keep_gate, split)
