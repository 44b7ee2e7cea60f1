"""The two example releases of these tests: a small language model and a small classifier."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.warehouse.synthetic import Columns, Synthetic, card, columns_of, write_content
from warehouse.build_release import Rows
from warehouse.errors import ReleaseError
from warehouse.parquet_tables import arrow_table
from warehouse.schema import TABLES

SPEC = Synthetic()
REVIEWS = Synthetic(name="reviews", task="classification", cell="gru", num_layers=1)


def whole_content(
    folder: Path, spec: Synthetic, columns: dict[str, Columns] | None = None
) -> dict[str, Rows]:
    """Every table of a release, the row of ``model`` included."""
    row = {**card(spec), "release_id": "made-here", "created_at": datetime.now(UTC)}
    schema = TABLES["model"].arrow_schema(spec.num_units)
    model = arrow_table(schema, {name: [value] for name, value in row.items()})
    return {**write_content(folder, spec, columns or columns_of(spec)), "model": model}


def refused(call, *parts: str) -> None:
    with pytest.raises(ReleaseError) as caught:
        call()
    for part in parts:
        assert part in str(caught.value)
