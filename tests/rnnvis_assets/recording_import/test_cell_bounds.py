"""Right recordings never break the bounds of their cell; wrong ones do, and the cause is named."""

import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnvis_assets.recording_import.cell_bounds import (
    COMPLEMENT,
    FORGET_GATE,
    OTHER_GATE,
    OTHER_STATES,
    RESTART,
    RUNS_ON,
    SQUASHED,
    SWAPPED,
)
from tests.rnnvis_assets.recording_import.numpy_networks import gru_arrays, lstm_arrays
from tests.rnnvis_assets.recording_import.synthetic_recording import (
    Arrays,
    SyntheticRecording,
    write_npy,
)
from tests.rnnvis_assets.recording_import.test_check_recording import check, only_fault

GATES = ("input", "output")


def write(folder: Path, arrays: Arrays, **description: object) -> Path:
    kept = {name: values for name, values in arrays.items() if name not in GATES}
    return write_npy(folder, SyntheticRecording(kept, settings=description))


@pytest.mark.slow
@settings(max_examples=20, deadline=None)
@given(
    network=st.sampled_from([lstm_arrays, gru_arrays]),
    lengths=st.lists(st.integers(0, 20), min_size=1, max_size=4).filter(any),
    seed=st.integers(0, 1000),
    scale=st.floats(0, 20),
    kind=st.sampled_from(["f4", "f2"]),
)
def test_a_right_recording_breaks_none(
    network: Callable[..., Arrays], lengths: list[int], seed: int, scale: float, kind: str
) -> None:
    arrays = network(lengths, 3, seed, scale)
    arrays |= {name: arrays[name].astype(kind) for name in arrays if name.endswith("_0")}
    with tempfile.TemporaryDirectory() as folder:
        assert check(write(Path(folder) / "npy", arrays)).faults == ()


def exchange(arrays: Arrays) -> None:
    arrays["hidden_0"], arrays["cell_0"] = arrays["cell_0"], arrays["hidden_0"]


def squash(arrays: Arrays) -> None:
    arrays["cell_0"] = np.tanh(arrays["cell_0"])


def shift(arrays: Arrays) -> None:
    arrays["cell_0"] = np.roll(arrays["cell_0"], 1, axis=0)


def take_gate(name: str) -> Callable[[Arrays], None]:
    def change(arrays: Arrays) -> None:
        arrays["keep_gate_0"] = arrays[name]

    return change


def complement(arrays: Arrays) -> None:
    arrays["keep_gate_0"] = 1 - arrays["keep_gate_0"]


def drop_cell(arrays: Arrays) -> None:
    """Which leaves a GRU's gate to be guessed."""
    del arrays["cell_0"]


def forget_lengths(arrays: Arrays) -> None:
    del arrays["sequence_lengths"]


def invent_lengths(arrays: Arrays) -> None:
    arrays["sequence_lengths"] = np.array([10] * 15)


SPOILT = {
    "h and c swapped": (lstm_arrays, exchange, "hidden_0", "tanh|c|", SWAPPED),
    "c after its tanh": (lstm_arrays, squash, "hidden_0", "tanh|c|", SQUASHED),
    "c of the step before": (lstm_arrays, shift, "hidden_0", "tanh|c|", OTHER_STATES),
    "the input gate": (lstm_arrays, take_gate("input"), "keep_gate_0", "f c'", OTHER_GATE),
    "the output gate": (lstm_arrays, take_gate("output"), "keep_gate_0", "f c'", OTHER_GATE),
    "1 - f": (lstm_arrays, complement, "keep_gate_0", "f c'", COMPLEMENT),
    "1 - z": (gru_arrays, complement, "keep_gate_0", "1 - z", COMPLEMENT),
    "an LSTM's f without its c": (lstm_arrays, drop_cell, "keep_gate_0", "1 - z", FORGET_GATE),
    "an LSTM without lengths": (lstm_arrays, forget_lengths, "keep_gate_0", "f c'", RESTART),
    "a GRU without lengths": (gru_arrays, forget_lengths, "keep_gate_0", "1 - z", RESTART),
    "an LSTM that ran on": (lstm_arrays, invent_lengths, "keep_gate_0", "f c'", RUNS_ON),
    "a GRU that ran on": (gru_arrays, invent_lengths, "keep_gate_0", "1 - z", RUNS_ON),
}  # fmt: skip


@pytest.mark.parametrize(
    ("network", "spoil", "place", "bound", "repair"), SPOILT.values(), ids=SPOILT
)
def test_a_wrong_recording_is_found_out(
    network: Callable[..., Arrays],
    spoil: Callable[[Arrays], None],
    place: str,
    bound: str,
    repair: str,
    tmp_path: Path,
) -> None:
    arrays = network((150,) if spoil is invent_lengths else (60, 40, 50))
    spoil(arrays)
    report = check(write(tmp_path / "npy", arrays))
    fault = only_fault(report, f"{place}.npy", bound, " at row ")
    assert fault.repair == repair


def test_the_first_place_and_the_number_of_places(tmp_path: Path) -> None:
    arrays = lstm_arrays()
    arrays["hidden_0"][7, 2] = arrays["hidden_0"][9, 0] = 1
    fault = only_fault(check(write(tmp_path / "npy", arrays)), "hidden_0.npy", "(the first of 2)")
    bound = np.tanh(np.abs(arrays["cell_0"][7, 2]))
    assert fault.found == f"1 where {bound:.4g} is the most at row 7, unit 2 (the first of 2)"


@pytest.mark.parametrize("description", [{"cell": "other"}, {"bounded": False}])
def test_another_cell_may_compute_something_else(
    description: dict[str, object], tmp_path: Path
) -> None:
    arrays = lstm_arrays()
    exchange(arrays)
    arrays["hidden_0"] = np.clip(arrays["hidden_0"], -1, 1)
    assert check(write(tmp_path / "npy", arrays, **description)).faults == ()


def test_a_layer_that_reads_backward_says_so(tmp_path: Path) -> None:
    arrays = lstm_arrays()
    for name in ("word_id", "hidden_0", "cell_0", "keep_gate_0"):
        arrays[name] = arrays[name][::-1].copy()
    arrays["sequence_lengths"] = arrays["sequence_lengths"][::-1].copy()
    assert check(write(tmp_path / "forward", arrays)).faults != ()
    assert check(write(tmp_path / "backward", arrays, backward=[0])).faults == ()
