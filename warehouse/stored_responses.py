"""Expected responses in Parquet, as an analysis stores them. Rows are read when they are asked for:
words × units need more memory than anything else of an analysis."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow.compute as pc

from warehouse.arrays import Float32Array, FloatArray, Int32Array, Int64Array, IntArray
from warehouse.database import list_matrix
from warehouse.errors import AnalysisError
from warehouse.parquet_tables import BLOCK_ROWS, read_table, row_blocks, where


@dataclass(frozen=True, eq=False)
class StoredRows:
    """Some ``rows`` int64[words] of a ``column`` of arrays of a Parquet table: indexed as
    float32[words, units] are by an array of places, int[places]."""

    path: Path
    column: str
    rows: Int64Array
    units: int

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def shape(self) -> tuple[int, int]:
        """(words, units)."""
        return len(self.rows), self.units

    def __getitem__(self, places: IntArray) -> Float32Array:
        """float32[places, units]. Raises StorageError where the table is missing or damaged."""
        rows = self.rows[places]
        found = np.empty((len(rows), self.units), np.float32)
        for start, block in row_blocks(self.path, [self.column], np.unique(rows)):
            here = np.flatnonzero((rows >= start) & (rows < start + len(block)))
            if len(here):  # taken first: a block may hold layers of different sizes
                found[here] = list_matrix(block[self.column].take(rows[here] - start))
        return found


Rows = FloatArray | StoredRows
"""Responses [words, units], in memory or read when asked for."""


def in_blocks(responses: Rows) -> Iterator[tuple[IntArray, FloatArray]]:
    """Responses some words at a time: their places int[words], and [words, units]."""
    for start in range(0, len(responses), BLOCK_ROWS):
        places = np.arange(start, min(start + BLOCK_ROWS, len(responses)))
        yield places, responses[places]


@dataclass(frozen=True, eq=False)
class StoredResponses:
    """What words do to one state of one layer: int32[words] ``word_ids``, ascending, int64[words]
    ``counts`` and the ``mean`` responses to them."""

    word_ids: Int32Array
    counts: Int64Array
    mean: StoredRows

    def rows_of(self, word_ids: IntArray, column: str = "mean") -> StoredRows:
        """The responses to these words, in this order; ``column`` may name a quantile. Raises
        AnalysisError for a word without a response."""
        if unknown := sorted(set(word_ids.tolist()) - set(self.word_ids.tolist())):
            raise AnalysisError(
                f"{self.mean.path} has no response to word {unknown[0]}, expected one",
                repair=f"rnnvis materialize {self.mean.path.parent.name}",
            )
        rows = self.mean.rows[np.searchsorted(self.word_ids, word_ids)]
        return replace(self.mean, column=column, rows=rows)

    def of(self, word_ids: IntArray, column: str = "mean") -> Float32Array:
        """The same, read at once: float32[words, units]."""
        return self.rows_of(word_ids, column)[np.arange(len(word_ids))]


def open_responses(
    path: Path, layer: int, state: str, *, minimum_count: int = 0
) -> StoredResponses:
    """The responses of a table ``expected_response`` to words with so many occurrences or more.

    Raises StorageError where it is missing or damaged, AnalysisError where it has none of that
    layer and state.
    """
    table = read_table(path, ["layer", "state", "word_id", "count"])
    numbered = table.append_column("row", [np.arange(len(table))])
    table = numbered.filter(where(layer=layer, state=state))
    if not len(table):
        raise AnalysisError(
            f"{path} has no responses of layer {layer}, state {state!r}",
            repair=f"rnnvis materialize {path.parent.name}",
        )
    kept = table.filter(pc.field("count") >= minimum_count).sort_by("word_id")
    ids, counts, rows = (kept[name].to_numpy() for name in ("word_id", "count", "row"))
    first = table["row"][0].as_py()
    units = next(
        len(block["mean"][first - start])
        for start, block in row_blocks(path, ["mean"], np.array([first]))
        if start <= first < start + len(block)
    )
    return StoredResponses(ids, counts, StoredRows(path, "mean", rows, units))
