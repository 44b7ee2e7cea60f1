"""Faults of what stands beside the arrays, and of arrays that do not fit: all of them at once."""

from pathlib import Path

import numpy as np
import pytest

from tests.rnnvis_assets.foreign_recordings.made_up import lstm_like, write_npy, write_safetensors
from tests.rnnvis_assets.foreign_recordings.test_check import check, told


@pytest.mark.parametrize("short", ["hidden_0", "cell_0"])
def test_numbers_of_an_array_of_another_length_are_looked_at_too(
    short: str, tmp_path: Path
) -> None:
    made = lstm_like()
    made.arrays[short] = made.arrays[short][:-1].copy()
    made.arrays[short][7, 1] = np.nan
    folder = write_npy(tmp_path / "npy", made)
    faults = [str(fault) for fault in check(folder).faults if f"{short}.npy" in fault.where]
    assert len(faults) == 2, faults
    assert "rows" in faults[0]
    assert "finite numbers" in faults[1]
    assert "row 7" in faults[1]


def test_faults_of_the_description_name_the_line(tmp_path: Path) -> None:
    made = lstm_like()
    made.settings = {"tsak": "classification"}
    told(check(write_npy(tmp_path / "npy", made)), "recording.yaml, line 1", "did you mean 'task'")


def test_a_vocabulary_with_a_word_twice(tmp_path: Path) -> None:
    made = lstm_like()
    made.words = (*made.words[:-1], "cat")
    told(check(write_safetensors(tmp_path / "st", made)), "vocabulary.txt", "'cat' (ids 2, 7)")
