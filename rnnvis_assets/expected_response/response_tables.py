"""The tables of this stage: results to columns, and columns back to results."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rnnvis_assets.expected_response.mean_response import ExpectedResponse
from rnnvis_assets.expected_response.unit_dynamics import half_lives
from rnnvis_assets.expected_response.unit_summary import GateSummary, UnitSummary
from warehouse.arrays import Float32Array
from warehouse.errors import AnalysisError
from warehouse.parquet_tables import read_table
from warehouse.schema import EXPECTED_RESPONSE, QUANTILES, STATISTICS
from warehouse.storage import Storage

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
        **{name: _null_where_nan(values) for name, values in vars(summary.dynamics).items()},
        **_named("delta_", summary.delta),
        **_gate_columns(summary.keep),
    }


def _named(prefix: str, statistics: Float32Array) -> Columns:
    return {f"{prefix}{name}": row for name, row in zip(STATISTICS, statistics, strict=True)}


def _gate_columns(keep: GateSummary | None) -> Columns:
    others = ("keep_below_0_1", "keep_above_0_9", "keep_half_life")
    if keep is None:
        return dict.fromkeys((*(f"keep_{name}" for name in STATISTICS), *others))
    half_life = _null_where_nan(half_lives(keep.statistics[0]))
    return {
        **_named("keep_", keep.statistics),
        **dict(zip(others, (keep.below_0_1, keep.above_0_9, half_life), strict=True)),
    }


def _null_where_nan(values: Float32Array) -> Any:
    return np.ma.masked_invalid(values)


def load_expected_response(
    storage: Storage, model: str, layer: int, state: str
) -> ExpectedResponse:
    """The expected responses of one state ('hidden' or 'cell') of one layer, read-only arrays.

    Raises StorageError where the table is missing or damaged, AnalysisError where it does not
    hold that layer and state.
    """
    path = storage.table(model, EXPECTED_RESPONSE.name)
    chosen = (pc.field("layer") == layer) & (pc.field("state") == state)
    table = read_table(path, filters=chosen)
    if not table.num_rows:
        raise AnalysisError(
            f"{path} has no responses of layer {layer}, state {state!r}",
            repair=f"rnnvis materialize {model}",
        )
    return ExpectedResponse(
        word_ids=table["word_id"].to_numpy(),
        counts=table["count"].to_numpy(),
        mean=_matrix(table["mean"]),
        quantiles=np.stack([_matrix(table[name]) for name in QUANTILES]),
    )


def _matrix(column: pa.ChunkedArray) -> Float32Array:
    values = column.combine_chunks().flatten().to_numpy()
    return values.reshape(len(column), -1)  # type: ignore[no-any-return]
