"""Summaries of every unit over all recorded steps: of its state, its changes and its gate."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rnnvis_assets.expected_response.unit_dynamics import Dynamics
from rnnvis_assets.expected_response.word_buckets import BUDGET_BYTES, read_by_bucket
from rnnvis_assets.expected_response.word_statistics import (
    quantiles_of_sorted,
    run_by_columns,
    sorted_copy,
)
from warehouse.arrays import Float32Array
from warehouse.schema import QUANTILES, STATISTICS

NEARLY_SHUT = 0.1
NEARLY_OPEN = 0.9
_LEVELS = (0.0, *QUANTILES.values(), 1.0)


@dataclass(frozen=True)
class GateSummary:
    """A layer's keep gate: ``statistics`` float32[9, units] (rows as ``schema.STATISTICS``) and
    the fractions of steps, float32[units], in which it is nearly shut (< 0.1) and open (> 0.9)."""

    statistics: Float32Array
    below_0_1: Float32Array
    above_0_9: Float32Array


@dataclass(frozen=True)
class UnitSummary:
    """One state of one layer: ``state`` and ``delta`` float32[9, units] (rows as
    ``schema.STATISTICS``), how the state moves, and the layer's gate, None for a vanilla RNN."""

    state: Float32Array
    delta: Float32Array
    dynamics: Dynamics
    keep: GateSummary | None


def column_statistics(
    blocks: Iterable[Float32Array],
    steps: int,
    units: int,
    *,
    scratch: Path,
    budget_bytes: int = BUDGET_BYTES,
) -> Float32Array:
    """Mean, population standard deviation, minimum, five quantiles and maximum of every unit.

    ``blocks`` of float32[rows, units] hold ``steps`` rows in all, at least one. Exact, in memory
    that does not depend on ``steps``. Returns float32[9, units], rows as ``schema.STATISTICS``.
    Raises AnalysisError where there are more or fewer rows, OSError where the disk is full.
    """
    # All steps count as those of one word, too frequent for memory like any other such word.
    keyed = ((np.zeros(len(values), np.int32), values) for values in blocks)
    buckets = read_by_bucket(
        keyed, np.array([steps]), units, scratch=scratch, budget_bytes=budget_bytes
    )
    return np.hstack([_statistics(values) for bucket in buckets for _, values in bucket])


def _statistics(values: Float32Array) -> Float32Array:
    """Of the sorted values of one unit at a time, so that neither the order of the steps nor the
    number of units changes a bit."""
    units = values.shape[1]
    statistics = np.empty((len(STATISTICS), units), np.float32)

    def fill(columns: slice) -> None:
        for unit, ordered in enumerate(sorted_copy(values[:, columns].T), columns.start):
            minimum, *quantiles, maximum = quantiles_of_sorted(ordered, _LEVELS)
            mean = ordered.mean(dtype=np.float64)
            ordered -= np.float32(mean)
            squares = np.einsum("i,i->", ordered, ordered, dtype=np.float64)
            spread = np.sqrt(squares / len(ordered))
            statistics[:, unit] = mean, spread, minimum, *quantiles, maximum

    run_by_columns(fill, units)
    return statistics


def gate_fractions(blocks: Iterable[Float32Array], units: int) -> tuple[Float32Array, Float32Array]:
    """Fractions of steps in which each unit's gate is under 0.1, and over 0.9: float32[units]."""
    steps = 0
    within = np.zeros((2, units), np.int64)
    for gates in blocks:
        steps += len(gates)
        within += np.count_nonzero([gates < NEARLY_SHUT, gates > NEARLY_OPEN], axis=1)
    below, above = (within / steps).astype(np.float32)
    return below, above
