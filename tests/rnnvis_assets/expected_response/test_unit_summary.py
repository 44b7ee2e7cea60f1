"""Unit summaries against plain NumPy in float64."""

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnvis_assets.expected_response.unit_summary import column_statistics, gate_fractions
from rnnvis_assets.expected_response.word_buckets import WordBlock
from tests.rnnvis_assets.expected_response.made_up_steps import (
    cut,
    make_steps,
    some_steps,
    summarise,
)
from warehouse.errors import AnalysisError


@pytest.mark.parametrize("budget_bytes", [1, 50_000, 10**9])
def test_statistics(budget_bytes: int, tmp_path: Path) -> None:
    steps = make_steps(np.zeros(3_001), 20)
    blocks = (values for _, values in cut(steps, [10, 2_000]))
    found = column_statistics(blocks, 3_001, 20, scratch=tmp_path, budget_bytes=budget_bytes)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, summarise(steps[1]), atol=1e-6)


@settings(max_examples=30)
@given(some_steps(), st.lists(st.integers(0, 300), max_size=4), st.sampled_from([1, 500, 10**9]))
def test_neither_blocks_nor_budget_change_statistics(
    steps: WordBlock, at: list[int], budget_bytes: int
) -> None:
    at = [min(index, len(steps[0])) for index in at]
    blocks = (values for _, values in cut(steps, at))
    shape = steps[1].shape
    with tempfile.TemporaryDirectory() as folder:
        found = column_statistics(blocks, *shape, scratch=Path(folder), budget_bytes=budget_bytes)
    np.testing.assert_allclose(found, summarise(steps[1]), atol=1e-6)


def test_one_step_and_constant_units(tmp_path: Path) -> None:
    row = np.array([[0.5, -1.0]], np.float32)
    found = column_statistics([row], 1, 2, scratch=tmp_path)
    np.testing.assert_array_equal(found[1], [0, 0])
    np.testing.assert_array_equal(found[[0, 2, 3, 4, 5, 6, 7, 8]], np.repeat(row, 8, axis=0))
    found = column_statistics([np.repeat(row, 700, axis=0)], 700, 2, scratch=tmp_path)
    np.testing.assert_allclose(found[1], 0, atol=1e-7)


def test_a_narrow_spread_far_from_zero(tmp_path: Path) -> None:
    values = (0.9 + 1e-4 * make_steps(np.zeros(5_000), 2)[1]).astype(np.float32)
    found = column_statistics([values], 5_000, 2, scratch=tmp_path)
    np.testing.assert_allclose(found[1], values.astype(np.float64).std(axis=0), rtol=1e-3)


def test_more_or_fewer_steps_than_promised(tmp_path: Path) -> None:
    values = np.zeros((5, 2), np.float32)
    for promised in (4, 6):
        with pytest.raises(AnalysisError, match="counted"):
            column_statistics([values], promised, 2, scratch=tmp_path)


def test_gate_fractions_by_hand() -> None:
    gates = np.array([[0.05, 0.5], [0.1, 0.9], [0.95, 0.91], [0.0, 0.2]], np.float32)
    below, above = gate_fractions([gates[:3], gates[3:]], 2)
    assert below.tolist() == [0.5, 0.0]
    assert above.tolist() == [0.25, 0.25]
    assert below.dtype == above.dtype == np.float32
