"""Where sequences begin: boundaries are checked, and changes wherever they are known."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.rnnvis_assets.recording_import.synthetic_recording import (
    WRITERS,
    changes,
    lstm_like,
    write_npy,
    write_parquet,
)
from tests.rnnvis_assets.recording_import.test_all_faults import (
    MANY,
    expect_faults,
    spoilt_in_many_ways,
)
from tests.rnnvis_assets.recording_import.test_check_recording import check


@pytest.mark.parametrize("form", ["npy", "npz", "safetensors"])
def test_lengths_that_do_not_add_up_hide_no_other_fault(form: str, tmp_path: Path) -> None:
    made = spoilt_in_many_ways()
    made.arrays["sequence_lengths"] = np.array([7, 0, 12, 6])
    folder = WRITERS[form](tmp_path / form, made, ())
    expect_faults(folder, *MANY, ("sequence_lengths", "25", "24, the number of tokens"))


def test_a_gap_in_the_positions_hides_no_other_fault(tmp_path: Path) -> None:
    folder = write_parquet(tmp_path / "parquet", spoilt_in_many_ways())
    for layer in (0, 1):
        path = folder / f"layer={layer}" / "part-00000.parquet"
        table = pq.read_table(path)
        positions = table["position"].to_numpy().copy()
        positions[10:19] += 1
        place = table.column_names.index("position")
        pq.write_table(table.set_column(place, "position", pa.array(positions)), path)
    expect_faults(folder, *MANY, ("column position", "4 at row 10 (the first of 9)"))


@pytest.mark.parametrize("form", ["npy", "npz", "safetensors"])
def test_a_gap_in_only_positions_hides_no_other_fault(form: str, tmp_path: Path) -> None:
    made = spoilt_in_many_ways()
    lengths = made.arrays.pop("sequence_lengths")
    made.arrays["position"] = np.concatenate([np.arange(size) for size in lengths])
    made.arrays["position"][10:19] += 1
    folder = WRITERS[form](tmp_path / form, made, (9,))
    expect_faults(folder, *MANY, ("position", "4 at row 10 (the first of 9)"))


@pytest.mark.parametrize("form", ["npy", "npz", "safetensors"])
def test_numbers_and_positions_that_contradict_the_lengths(form: str, tmp_path: Path) -> None:
    made = spoilt_in_many_ways()
    made.arrays["position"] = np.concatenate([np.arange(size) for size in (7, 12, 5)])
    made.arrays["position"][10:19] += 1
    made.arrays["sequence"] = np.repeat([0, 2, 3], [8, 11, 5])
    wrong = ("position", "4 at row 10 (the first of 9)"), ("sequence", "0 at row 7", "leave it out")
    expect_faults(WRITERS[form](tmp_path / form, made, ()), *MANY, *wrong)


@pytest.mark.parametrize("cuts", ["sequence_lengths", "sequence", "position"])
def test_cuts_that_cannot_be_read_make_no_change_wrong(cuts: str, tmp_path: Path) -> None:
    made = spoilt_in_many_ways()
    lengths = made.arrays.pop("sequence_lengths")
    made.arrays[cuts] = {
        "sequence_lengths": lengths,
        "sequence": np.repeat(np.arange(4), lengths),
        "position": np.concatenate([np.arange(size) for size in lengths]),
    }[cuts]
    folder = write_npy(tmp_path / "npy", made)
    path = folder / f"{cuts}.npy"
    path.write_bytes(path.read_bytes()[:-4])
    expect_faults(folder, *MANY, (f"{cuts}.npy", "cut short"))


def test_a_change_at_a_gap_that_is_that_of_no_start_either(tmp_path: Path) -> None:
    made = lstm_like((4, 3, 5))
    made.arrays["hidden_delta_0"] = changes(made.arrays["hidden_0"], made)
    made.arrays["hidden_delta_0"][4, 0] += 0.5
    made.arrays["position"] = np.array([0, 1, 2, 3, 5, 6, 7, 0, 1, 2, 3, 4])
    del made.arrays["sequence_lengths"]
    gap = ("position.npy", "5 at row 4 (the first of 3)")
    expect_faults(write_npy(tmp_path / "npy", made), gap, ("hidden_delta_0", "row 4, unit 0"))


def test_changes_that_are_the_states_themselves_without_words(tmp_path: Path) -> None:
    made = lstm_like()
    made.arrays["hidden_delta_0"] = made.arrays["hidden_0"]
    folder = write_npy(tmp_path / "npy", made)
    (folder / "word_id.npy").unlink()
    wrong = ("hidden_delta_0.npy", "row 1, unit 0 (the first of 63)")
    expect_faults(folder, ("no word_id",), wrong)


@pytest.mark.parametrize("form", ["npy", "npz", "safetensors"])
def test_words_of_another_length_are_reported_and_hide_nothing(form: str, tmp_path: Path) -> None:
    made = spoilt_in_many_ways()
    made.arrays["word_id"] = made.arrays["word_id"][:-1].copy()
    short = ("word_id", "23 rows", "24 rows, as most of the others have")
    expect_faults(WRITERS[form](tmp_path / form, made, ()), *MANY, short)


def test_a_wrong_change_of_states_of_another_length(tmp_path: Path) -> None:
    made = spoilt_in_many_ways()
    for name in ("cell_1", "cell_delta_1"):
        made.arrays[name] = made.arrays[name][:-1].copy()
    short = [(f"{name}.npy", "23 rows", "24 rows") for name in ("cell_1", "cell_delta_1")]
    expect_faults(write_npy(tmp_path / "npy", made), *MANY, *short)


def test_an_annotation_of_another_length_is_checked_too(tmp_path: Path) -> None:
    made = lstm_like()
    made.arrays["annotation_depth"] = made.arrays["annotation_depth"][:-1].copy()
    made.arrays["annotation_depth"][4] = np.inf
    folder = write_npy(tmp_path / "npy", made)
    expect_faults(folder, ("annotation_depth", "23 rows"), ("annotation_depth", "inf at row 4"))


def test_lengths_of_no_sequence(tmp_path: Path) -> None:
    made = lstm_like()
    made.arrays["sequence_lengths"] = np.empty(0, np.int64)
    folder = write_npy(tmp_path / "npy", made)
    expect_faults(folder, ("sequence_lengths.npy", "add up to 0", "24, the number of tokens"))


def test_sequences_count_from_zero(tmp_path: Path) -> None:
    made = lstm_like((7, 12, 5))
    made.arrays["sequence"] = np.repeat([1, 2, 3], made.arrays.pop("sequence_lengths"))
    expect_faults(write_npy(tmp_path / "npy", made), ("sequence.npy", "1 at row 0", "subtract 1"))


def test_lengths_may_say_that_the_first_sequence_has_no_tokens(tmp_path: Path) -> None:
    made = lstm_like((0, 7, 5))
    made.arrays["sequence"] = np.repeat([1, 2], [7, 5])
    report = check(write_npy(tmp_path / "npy", made))
    assert not report.faults
    assert "3 sequences" in report.summary
