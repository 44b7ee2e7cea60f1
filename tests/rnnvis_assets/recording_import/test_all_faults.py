"""Faults of description, vocabulary and arrays that do not fit: all are reported at once."""

from pathlib import Path

import numpy as np
import pytest

from tests.rnnvis_assets.recording_import.synthetic_recording import (
    WRITERS,
    SyntheticRecording,
    changes,
    lstm_like,
    write_npy,
    write_safetensors,
)
from tests.rnnvis_assets.recording_import.test_check_recording import check, only_fault


def spoilt_in_many_ways() -> SyntheticRecording:
    """A changed change, a value that is no number, one beyond a tanh, an unknown word."""
    made = lstm_like()
    given = changes(made.arrays["cell_1"], made)
    given[13, 1] += 0.5
    made.arrays["cell_delta_1"] = given
    made.arrays["hidden_1"][5, 0] = np.nan
    made.arrays["hidden_0"][3, 2] = -1.5
    made.arrays["word_id"][11] = 77
    return made


def expect_faults(folder: Path, *expected: tuple[str, ...]) -> None:
    """These faults and no others, each with all its words."""
    faults = [str(fault) for fault in check(folder).faults]
    for words in expected:
        assert sum(all(word in fault for word in words) for fault in faults) == 1, faults
    assert len(faults) == len(expected), faults


MANY = (
    ("cell_delta", "row 13, unit 1", "the one before"),
    ("hidden", "nan at row 5, unit 0", "finite"),
    ("hidden", "-1.5 at row 3, unit 2", "bounded: false"),
    ("word_id", "77 at row 11"),
)


@pytest.mark.parametrize("form", WRITERS)
def test_every_fault_of_every_format_is_reported_at_once(form: str, tmp_path: Path) -> None:
    expect_faults(WRITERS[form](tmp_path / form, spoilt_in_many_ways(), (9,)), *MANY)


def test_numbers_of_another_dtype_are_checked_too(tmp_path: Path) -> None:
    made = spoilt_in_many_ways()
    for name in ("hidden_0", "hidden_1", "cell_1", "cell_delta_1"):
        made.arrays[name] = made.arrays[name].astype(np.float64)
    made.arrays["word_id"] = made.arrays["word_id"].astype(np.float32)
    made.arrays["word_id"][2:4] = np.nan, 1.5
    wrong = [
        ("word_id.npy", "f4"),
        ("word_id.npy", "nan at row 2 (the first of 2)", "ids of words"),
    ]
    expect_faults(write_npy(tmp_path / "npy", made), *MANY, *wrong)


@pytest.mark.parametrize("short", ["hidden_0", "cell_0"])
def test_numbers_of_an_array_of_another_length_are_checked_too(short: str, tmp_path: Path) -> None:
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
    only_fault(
        check(write_npy(tmp_path / "npy", made)), "recording.yaml, line 1", "did you mean 'task'"
    )


def test_a_vocabulary_with_a_word_twice(tmp_path: Path) -> None:
    made = lstm_like()
    made.words = (*made.words[:-1], "cat")
    only_fault(
        check(write_safetensors(tmp_path / "st", made)), "vocabulary.txt", "'cat' (ids 2, 7)"
    )


def test_predictions_are_each_checked_and_need_no_vocabulary(tmp_path: Path) -> None:
    made = lstm_like()
    made.arrays["next_probability"] = np.full(24, 0.5, np.float32)
    made.arrays["top_words"] = np.zeros((24, 2), np.int64)
    made.arrays["top_probabilities"] = np.full((24, 2), 0.5, np.float32)
    made.arrays["next_probability"][3], made.arrays["top_words"][4, 1] = 1.5, -1
    folder = write_npy(tmp_path / "npy", made)
    (folder / "vocabulary.txt").unlink()
    wrong = ("next_probability", "1.5 at row 3"), ("top_words", "-1 at row 4, unit 1")
    expect_faults(folder, ("no vocabulary",), *wrong)


def test_numbers_of_a_category_may_be_missing_but_not_infinite(tmp_path: Path) -> None:
    made = lstm_like()
    made.arrays["annotation_depth"] = np.arange(24, dtype=np.float32)
    made.arrays["annotation_depth"][2:5] = np.nan, np.inf, 1.5
    made.settings = {"annotations": [{"track": "depth", "kind": "categorical"}]}
    wrong = ("annotation_depth.npy", "inf at row 3 (the first of 2)", "whole numbers")
    expect_faults(write_npy(tmp_path / "npy", made), wrong)
