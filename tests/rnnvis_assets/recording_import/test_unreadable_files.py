"""Files that are damaged, missing or of rows that differ: named once, and hiding nothing else."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.rnnvis_assets.recording_import.synthetic_recording import (
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


@pytest.mark.parametrize(
    "entry",
    [
        {"dtype": "F32", "shape": [24, 3], "data_offsets": ["0", "288"]},
        {"dtype": "F32", "shape": [24, 3], "data_offsets": [0, 200]},
        {"dtype": "F32", "shape": [24, "3"], "data_offsets": [0, 288]},
        {"dtype": "F32", "shape": [24, -3], "data_offsets": [0, 288]},
        {"dtype": "F32", "shape": [24, 3]},
        {"dtype": "F32", "shape": 24, "data_offsets": [0, 96]},
        {"dtype": ["F32"], "shape": [24, 3], "data_offsets": [0, 288]},
        {"dtype": "F32", "shape": [24, 3], "data_offsets": [0, 288, 1]},
        [],
    ],
)
def test_a_header_of_safetensors_that_contradicts_itself(entry: object, tmp_path: Path) -> None:
    folder = write_npy(tmp_path / "npy", lstm_like())
    header = json.dumps({"hidden_2": entry}).encode()
    size = len(header).to_bytes(8, "little")
    (folder / "more.safetensors").write_bytes(size + header + bytes(400))
    expect_faults(folder, ("more.safetensors",))


def test_a_header_of_safetensors_that_goes_too_deep(tmp_path: Path) -> None:
    folder = write_npy(tmp_path / "npy", lstm_like())
    header = b"[" * 200_000
    (folder / "more.safetensors").write_bytes(len(header).to_bytes(8, "little") + header)
    expect_faults(folder, ("more.safetensors", "header"))


def test_an_array_that_cannot_be_opened_hides_none_that_is_missing(tmp_path: Path) -> None:
    folder = write_npy(tmp_path / "npy", lstm_like())
    (folder / "word_id.npy").unlink()
    np.savez(folder / "more.npz", annotation_odd=np.array([{}] * 24, object))
    expect_faults(folder, ("annotation_odd", "never unpickled"), ("no word_id",))


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


@pytest.mark.parametrize("layer", [0, 1])
def test_the_layer_with_a_missing_part_is_named(layer: int, tmp_path: Path) -> None:
    folder = write_parquet(tmp_path / "parquet", lstm_like(), (9,))
    (folder / f"layer={layer}" / "part-00001.parquet").unlink()
    faults = check(folder).faults
    assert {(fault.found, fault.expected[:2]) for fault in faults} == {("9 rows", "24")}
    assert {fault.where.partition("/")[0] for fault in faults} == {f"layer={layer}"}


@pytest.mark.parametrize("layer", [0, 1])
def test_an_empty_folder_of_a_layer_is_all_that_is_wrong(layer: int, tmp_path: Path) -> None:
    folder = write_parquet(tmp_path / "parquet", lstm_like())
    (folder / f"layer={layer}" / "part-00000.parquet").unlink()
    expect_faults(folder, (f"layer={layer}", "no file", "part-00000.parquet"))


@pytest.mark.parametrize("row", [0, 3])
def test_the_list_that_is_too_short_is_named_and_hides_no_other_array(
    row: int, tmp_path: Path
) -> None:
    made = lstm_like()
    made.arrays["cell_0"][20, 1] = np.inf
    folder = write_parquet(tmp_path / "parquet", made)
    path = folder / "layer=0" / "part-00000.parquet"
    table = pq.read_table(path)
    rows = table["hidden"].to_pylist()
    rows[row] = rows[row][:2]
    ragged = pa.array(rows, pa.list_(pa.float32()))
    pq.write_table(table.set_column(table.column_names.index("hidden"), "hidden", ragged), path)
    short = ("column hidden", f"2 values at row {row}", "expected 3")
    expect_faults(folder, short, ("column cell", "inf at row 20, unit 1"))


def test_a_null_is_reported_once(tmp_path: Path) -> None:
    folder = write_parquet(tmp_path / "parquet", spoilt_in_many_ways())
    path = folder / "layer=0" / "part-00000.parquet"
    table = pq.read_table(path)
    positions = [None if row == 4 else at for row, at in enumerate(table["position"].to_pylist())]
    place = table.column_names.index("position")
    values = pa.array(positions, pa.int32())
    pq.write_table(table.set_column(place, "position", values), path)
    expect_faults(folder, *MANY, ("column position", "a null at row 4"))


@pytest.mark.parametrize("kind", [pa.list_(pa.float32(), 3), pa.list_(pa.float32())])
def test_a_null_among_states_is_no_number_and_hides_no_other_fault(
    kind: pa.DataType, tmp_path: Path
) -> None:
    folder = write_parquet(tmp_path / "parquet", spoilt_in_many_ways())
    path = folder / "layer=0" / "part-00000.parquet"
    table = pq.read_table(path)
    rows = table["hidden"].to_pylist()
    rows[1], rows[2] = None, [None, 0.0, 0.0]
    place = table.column_names.index("hidden")
    pq.write_table(table.set_column(place, "hidden", pa.array(rows, kind)), path)
    expect_faults(folder, *MANY, ("layer=0", "nan at row 1, unit 0 (the first of 4)"))


def test_an_array_whose_name_is_misspelt(tmp_path: Path) -> None:
    folder = write_npy(tmp_path / "npy", lstm_like())
    (folder / "hidden_1.npy").rename(folder / "hiden_1.npy")
    expect_faults(folder, ("hiden_1.npy", "did you mean 'hidden_1'"))
