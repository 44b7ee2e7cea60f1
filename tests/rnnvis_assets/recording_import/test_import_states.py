"""Imported states are in the recording as they were, however it is divided into parts."""

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnvis_assets.recording_import import check_recording
from rnnvis_assets.recording_import.check_recording import read_contents
from rnnvis_assets.recording_import.recording_import_stage import import_states
from tests.rnnvis_assets.recording_import.synthetic_recording import changes, lstm_like, write_npy
from warehouse.errors import RecordingError


@pytest.mark.slow
@settings(max_examples=10)
@given(
    lengths=st.lists(st.integers(0, 90), min_size=1, max_size=6).filter(any),
    units=st.lists(st.integers(1, 5), min_size=1, max_size=3),
    group_bytes=st.integers(1, 100),
)
def test_no_division_changes_what_is_imported(
    lengths: list[int], units: list[int], group_bytes: int
) -> None:
    made = lstm_like(lengths, units)
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(check_recording, "ROW_GROUP_BYTES", group_bytes)
        contents = read_contents(write_npy(Path(folder) / "theirs", made))
        recording = import_states(contents, Path(folder) / "ours", {"a": 1}).recording
        columns = ("sequence", "position", "token", "word_id", "hidden", "cell", "cell_delta")
        layers = [recording.rows(layer, columns, 0, made.num_tokens) for layer in range(len(units))]
    assert (recording.units, recording.source) == (tuple(units), {"a": 1})
    sequence = np.repeat(np.arange(len(lengths)), lengths)
    for layer, rows in enumerate(layers):
        cell = made.arrays[f"cell_{layer}"]
        np.testing.assert_array_equal(rows["sequence"], sequence)
        np.testing.assert_array_equal(rows["token"], np.arange(made.num_tokens))
        np.testing.assert_array_equal(
            rows["position"], rows["token"] - made.offsets[rows["sequence"]]
        )
        np.testing.assert_array_equal(rows["word_id"], made.arrays["word_id"])
        np.testing.assert_array_equal(rows["hidden"], made.arrays[f"hidden_{layer}"])
        np.testing.assert_array_equal(rows["cell"], cell)
        np.testing.assert_array_equal(rows["cell_delta"], changes(cell, made))


def test_what_is_wrong_at_the_end_leaves_nothing(tmp_path: Path) -> None:
    made = lstm_like((300, 400))
    made.arrays["hidden_0"][-1], made.arrays["cell_1"][-1] = 7, np.nan
    contents = read_contents(write_npy(tmp_path / "theirs", made))
    with pytest.raises(RecordingError) as caught:
        import_states(contents, tmp_path / "ours" / "test", {})
    for text in ("2 faults", "hidden_0.npy: found 7.0 at row 699", "cell_1.npy: found nan"):
        assert text in caught.value.message
    assert list((tmp_path / "ours").iterdir()) == []
