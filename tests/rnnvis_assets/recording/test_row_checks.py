"""The figures that are taken from rows on their way to the disk."""

import numpy as np
import pytest

from rnnvis_assets.recording.row_checks import RowChecks
from warehouse.errors import RecordingError


def arrays(values: list[float], delta: list[float]) -> dict[str, np.ndarray]:
    return {
        "hidden": np.array(values, np.float32)[:, None],
        "hidden_delta": np.array(delta, np.float32)[:, None],
    }


def watch(checks: RowChecks, values: list[float], delta: list[float], positions: list[int]) -> None:
    checks.watch(arrays(values, delta), np.array(positions, np.int32), first_token=0)


def test_changes_that_add_up_over_blocks_and_sequences_do_not_drift() -> None:
    checks = RowChecks(0, ["hidden"], 1)
    watch(checks, [0.5, -0.25, 0.5], [0.5, -0.75, 0.5], [0, 1, 0])
    watch(checks, [0.75, 0.25], [0.25, -0.5], [1, 2])
    watch(checks, [-0.5, 0.5], [-0.5, 0.5], [0, 0])
    assert checks.largest_drift == 0
    assert checks.largest_hidden == 0.75


def test_a_change_that_is_off_drifts_whether_its_sequence_ends_or_not() -> None:
    for positions in ([0, 1, 0], [0, 1, 2]):
        checks = RowChecks(0, ["hidden"], 1)
        delta = 0.5 if positions[2] == 0 else 0.75
        watch(checks, [0.5, -0.25, 0.5], [0.5, -0.5, delta], positions)
        assert checks.largest_drift == 0.25


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_state_that_is_not_finite_is_named(value: float) -> None:
    checks = RowChecks(2, ["hidden", "cell"], 3)
    zeros = np.zeros((4, 3), np.float32)
    cell = zeros.copy()
    cell[3, 1] = value
    rows = {"hidden": zeros, "hidden_delta": zeros, "cell": cell, "cell_delta": zeros}
    with pytest.raises(RecordingError, match=r"layer 2, unit 1: cell is -?(nan|inf) at token 103"):
        checks.watch(rows, np.arange(4, dtype=np.int32), first_token=100)
