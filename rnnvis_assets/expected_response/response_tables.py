"""The tables of this stage: results to columns."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from rnnvis_assets.expected_response.mean_response import ExpectedResponse
from rnnvis_assets.expected_response.unit_dynamics import half_lives
from rnnvis_assets.expected_response.unit_summary import GateSummary, UnitSummary
from warehouse.arrays import Float32Array
from warehouse.schema import QUANTILES, STATISTICS

Columns = Mapping[str, Any]


def response_columns(layer: int, state: str, response: ExpectedResponse) -> Columns:
    """Rows of the table ``expected_response``, one a word."""
    rows = len(response.word_ids)
    return {
        "layer": np.full(rows, layer),
        "state": [state] * rows,
        "word_id": response.word_ids,
        "count": response.counts,
        "mean": response.mean,
        **dict(zip(QUANTILES, response.quantiles, strict=True)),
    }


def summary_columns(layer: int, state: str, summary: UnitSummary) -> Columns:
    """Rows of the table ``unit_summary``, one a unit."""
    units = summary.state.shape[1]
    return {
        "layer": np.full(units, layer),
        "state": [state] * units,
        "unit": np.arange(units),
        **_named("", summary.state),
        **{name: np.ma.masked_invalid(values) for name, values in vars(summary.dynamics).items()},
        **_named("delta_", summary.delta),
        **_gate_columns(summary.keep),
    }


def _named(prefix: str, statistics: Float32Array) -> Columns:
    return {f"{prefix}{name}": row for name, row in zip(STATISTICS, statistics, strict=True)}


def _gate_columns(keep: GateSummary | None) -> Columns:
    others = ("keep_below_0_1", "keep_above_0_9", "keep_half_life")
    if keep is None:
        return dict.fromkeys((*(f"keep_{name}" for name in STATISTICS), *others))
    half_life = np.ma.masked_invalid(half_lives(keep.statistics[0]))
    return {
        **_named("keep_", keep.statistics),
        **dict(zip(others, (keep.below_0_1, keep.above_0_9, half_life), strict=True)),
    }
