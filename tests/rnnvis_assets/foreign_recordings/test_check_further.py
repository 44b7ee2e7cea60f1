"""Faults of what stands beside the arrays, and of arrays that do not fit: all of them at once."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.rnnvis_assets.foreign_recordings.made_up import (
    WRITERS,
    MadeUp,
    changes,
    lstm_like,
    write_npy,
    write_parquet,
    write_safetensors,
)
from tests.rnnvis_assets.foreign_recordings.test_check import check, told


def spoilt_in_many_ways() -> MadeUp:
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
    """These and no others, each told by all its words."""
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
def test_every_fault_of_every_format_is_told_at_once(form: str, tmp_path: Path) -> None:
    expect_faults(WRITERS[form](tmp_path / form, spoilt_in_many_ways(), (9,)), *MANY)


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


def test_a_wrong_change_of_states_that_are_longer_than_the_text(tmp_path: Path) -> None:
    made = spoilt_in_many_ways()
    made.arrays["word_id"] = made.arrays["word_id"][:-1]
    faults = "\n".join(map(str, check(write_npy(tmp_path / "npy", made)).faults))
    for words in MANY:
        assert words[1] in faults


def test_numbers_of_a_wrong_dtype_are_looked_at_too(tmp_path: Path) -> None:
    made = spoilt_in_many_ways()
    for name in ("hidden_0", "hidden_1", "cell_1", "cell_delta_1"):
        made.arrays[name] = made.arrays[name].astype(np.float64)
    made.arrays["word_id"] = made.arrays["word_id"].astype(np.float32)
    made.arrays["word_id"][2:4] = np.nan, 1.5
    wrong = [(f"{name}.npy", "f8", "float32") for name in made.arrays
             if made.arrays[name].dtype == np.float64]  # fmt: skip
    wrong += [
        ("word_id.npy", "f4"),
        ("word_id.npy", "nan at row 2 (the first of 2)", "ids of words"),
    ]
    expect_faults(write_npy(tmp_path / "npy", made), *MANY, *wrong)


@pytest.mark.parametrize("name", ["hidden_0", "word_id", "cell_1"])
def test_a_damaged_array_is_not_called_missing(name: str, tmp_path: Path) -> None:
    made = lstm_like()
    made.arrays["hidden_delta_0"] = changes(made.arrays["hidden_0"], made)
    made.arrays["cell_delta_1"] = changes(made.arrays["cell_1"], made)
    folder = write_npy(tmp_path / "npy", made)
    content = (folder / f"{name}.npy").read_bytes()
    (folder / f"{name}.npy").write_bytes(content[:-4])
    expect_faults(folder, (f"{name}.npy", "cut short"))


def test_a_damaged_part_is_no_missing_layer(tmp_path: Path) -> None:
    folder = write_parquet(tmp_path / "parquet", lstm_like(), (9,))
    path = folder / "layer=0" / "part-00001.parquet"
    path.write_bytes(path.read_bytes()[:-20])
    expect_faults(folder, ("layer=0/part-00001.parquet", "cut short"))


@pytest.mark.parametrize(("layer", "found"), [(0, ("24 rows", "9 ")), (1, ("9 rows", "24"))])
def test_a_part_that_is_not_there(layer: int, found: tuple[str, str], tmp_path: Path) -> None:
    folder = write_parquet(tmp_path / "parquet", lstm_like(), (9,))
    (folder / f"layer={layer}" / "part-00001.parquet").unlink()
    faults = check(folder).faults
    assert {(fault.found, fault.expected[:2]) for fault in faults} == {found}
    assert "layer=1" in {fault.where.partition("/")[0].partition(",")[0] for fault in faults}


def test_a_layer_without_parts(tmp_path: Path) -> None:
    folder = write_parquet(tmp_path / "parquet", lstm_like())
    (folder / "layer=1" / "part-00000.parquet").unlink()
    told(check(folder), "layer=1", "no file", "part-00000.parquet")


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


@pytest.mark.parametrize(
    "entry",
    [
        {"dtype": "F32", "shape": [24, 3], "data_offsets": ["0", "288"]},
        {"dtype": "F32", "shape": [24, 3], "data_offsets": [0, 200]},
        {"dtype": "F32", "shape": [24, "3"], "data_offsets": [0, 288]},
        {"dtype": "F32", "shape": [24, -3], "data_offsets": [0, 288]},
        {"dtype": "F32", "shape": [24, 3]},
        [],
    ],
)
def test_a_header_of_safetensors_that_contradicts_itself(entry: object, tmp_path: Path) -> None:
    folder = write_npy(tmp_path / "npy", lstm_like())
    header = json.dumps({"hidden_2": entry}).encode()
    size = len(header).to_bytes(8, "little")
    (folder / "more.safetensors").write_bytes(size + header + bytes(400))
    expect_faults(folder, ("more.safetensors",))


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
