"""What the card says of how much was recorded, and how exactly it is stored."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from viewer.views.model_summary import model_rows

MODEL = {
    "cell": "gru", "embedding_size": 4, "vocabulary_size": 9, "num_parameters": None,
    "dataset": "d", "recorded_split": "test", "num_tokens": 900, "split_tokens": 900,
    "precision": "float32", "largest_rounding": 0.0, "created_at": datetime.now(UTC),
    "spec": {},
}  # fmt: skip


def rows(**changed: Any) -> dict[str, str]:
    layers = [SimpleNamespace(units=5)]
    facts = SimpleNamespace(model=MODEL | changed, layers=layers, figures={})
    return dict(model_rows(facts))


def test_a_whole_recording_needs_no_words() -> None:
    found = rows()
    assert found["Recorded tokens"] == "900"
    assert "Recorded as" not in found


@pytest.mark.parametrize("there", [901, 9_000])
def test_a_part_is_called_one(there: int) -> None:
    assert rows(split_tokens=there)["Recorded tokens"].startswith("the first 900 of ")


@pytest.mark.parametrize(("cell", "name"), [("gru", "GRU"), ("gated_delta_net", "gated delta net")])
def test_a_cell_is_named_in_words(cell: str, name: str) -> None:
    assert rows(cell=cell)["Cell"] == name


def test_the_attention_layers_of_a_hybrid_are_named() -> None:
    assert "Attention, not read" not in rows()
    assert rows(spec={"attention_layers": [2]})["Attention, not read"] == "layer 2"
    assert rows(spec={"attention_layers": [3, 7]})["Attention, not read"] == "layers 3, 7"


def test_rounding_is_stated() -> None:
    found = rows(precision="float16", largest_rounding=0.000_244)
    assert found["Recorded as"] == "float16, largest rounding 0.00024"
