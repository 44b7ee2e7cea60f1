"""What means the same in another form is read with the right values, and reported."""

import io
import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Barrier, BrokenBarrierError
from typing import Any

import ml_dtypes
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from numpy.lib import format as npy_format

from rnnvis_assets.recording_import import array_files
from rnnvis_assets.recording_import.check_recording import check_recording, read_contents
from tests.rnnvis_assets.recording_import.synthetic_recording import (
    SyntheticRecording,
    lstm_like,
    write_npy,
    write_npz,
    write_parquet,
)
from tests.rnnvis_assets.recording_import.test_recording_formats import read


def notes(folder: Path) -> tuple[str, ...]:
    report = check_recording(folder)
    assert report.faults == ()
    return report.notes


@pytest.mark.parametrize(
    ("kind", "called"), [("f8", "float64"), ("f2", "float16"), (">f4", "big-endian float32")]
)
def test_floats_of_another_size_or_byte_order(kind: str, called: str, tmp_path: Path) -> None:
    made = lstm_like()
    stored = made.arrays["hidden_0"].astype(kind)
    made.arrays["hidden_0"] = stored
    folder = write_npy(tmp_path / "npy", made)
    assert notes(folder) == (f"{called} is read as float32: hidden_0.npy",)
    np.testing.assert_array_equal(read(folder)["hidden_0"], stored.astype("f4"))


def bfloat16(values: np.ndarray) -> np.ndarray:
    return values.astype(ml_dtypes.bfloat16)


def test_bfloat16_of_numpy(tmp_path: Path) -> None:
    made = lstm_like()
    stored = bfloat16(made.arrays["cell_1"])
    made.arrays["cell_1"] = stored
    folder = write_npy(tmp_path / "npy", made)
    assert notes(folder) == ("bfloat16 is read as float32: cell_1.npy",)
    np.testing.assert_array_equal(read(folder)["cell_1"], stored.astype("f4"))


def test_bfloat16_of_safetensors(tmp_path: Path) -> None:
    made = lstm_like()
    stored = bfloat16(made.arrays.pop("hidden_1"))
    folder = write_npy(tmp_path / "npy", made)
    tensor = {"dtype": "BF16", "shape": stored.shape, "data_offsets": [0, stored.nbytes]}
    header = json.dumps({"hidden_1": tensor}).encode()
    content = len(header).to_bytes(8, "little") + header + stored.tobytes()
    (folder / "states.safetensors").write_bytes(content)
    assert notes(folder) == ("bfloat16 is read as float32: states.safetensors, array hidden_1",)
    np.testing.assert_array_equal(read(folder, 5)["hidden_1"], stored.astype("f4"))


@pytest.mark.parametrize("write", [write_npy, write_npz])
@pytest.mark.parametrize("rows", [5, 100])
def test_columns_that_follow_one_another(write: object, rows: int, tmp_path: Path) -> None:
    made = lstm_like()
    for name in ("hidden_0", "cell_1"):
        made.arrays[name] = np.asfortranarray(made.arrays[name])
    folder = (write_npy if write is write_npy else write_npz)(tmp_path / "folder", made)
    for name in ("hidden_0", "cell_1"):
        np.testing.assert_array_equal(read(folder, rows)[name], made.arrays[name])


LENGTHS, STEPS = (7, 0, 12, 5), 12


def padded(made: SyntheticRecording, name: str) -> np.ndarray:
    """[sequences, steps, …]; what lies beyond the lengths is no sound value."""
    values = made.arrays[name]
    out = np.full((len(LENGTHS), STEPS, *values.shape[1:]), 99, values.dtype)
    for row, (start, length) in enumerate(zip(np.cumsum([0, *LENGTHS]), LENGTHS, strict=False)):
        out[row, :length] = values[start : start + length]
    return out


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("words", ["padded", "flat"])
def test_three_axes_with_lengths(order: str, words: str, tmp_path: Path) -> None:
    made, three = lstm_like(LENGTHS), lstm_like(LENGTHS)
    for name, values in made.arrays.items():
        if values.ndim == 2 or (name == "word_id" and words == "padded"):
            three.arrays[name] = np.array(padded(made, name), order=order)  # type: ignore[call-overload]
    folder = write_npy(tmp_path / "npy", three)
    (note,) = notes(folder)
    assert "axes [4 sequences, 12 steps, …]" in note
    assert "without the steps beyond their lengths" in note
    found = read(folder, 7)
    for name, values in made.arrays.items():
        np.testing.assert_array_equal(found[name], values, err_msg=name)


def test_three_axes_of_sequences_of_one_length(tmp_path: Path) -> None:
    made = lstm_like((6, 6, 6))
    flat = dict(made.arrays)
    del made.arrays["sequence_lengths"]
    for name in (
        "word_id",
        "hidden_0",
        "cell_0",
        "keep_gate_0",
        "hidden_1",
        "cell_1",
        "keep_gate_1",
    ):
        made.arrays[name] = flat[name].reshape(3, 6, *flat[name].shape[1:])
    found = read(write_npy(tmp_path / "npy", made))
    for name, values in flat.items():
        np.testing.assert_array_equal(found[name], values, err_msg=name)


def test_steps_before_sequences_are_a_fault(tmp_path: Path) -> None:
    made, three = lstm_like(LENGTHS), lstm_like(LENGTHS)
    for name in ("hidden_0", "cell_0", "keep_gate_0"):
        three.arrays[name] = padded(made, name).swapaxes(0, 1)
    faults = check_recording(write_npy(tmp_path / "npy", three)).faults
    assert any("swapaxes" in fault.repair for fault in faults)


@pytest.mark.parametrize(
    ("labels", "called"),
    [(np.array([True, False, True]), "bool"), (np.array([1.0, 0.0, 1.0]), "float64")],
)
def test_labels_as_truth_values_or_floats(labels: np.ndarray, called: str, tmp_path: Path) -> None:
    made = lstm_like((5, 4, 3), (2,))
    made.arrays["label"] = labels
    folder = write_npy(tmp_path / "npy", made)
    assert notes(folder) == (f"{called} is read as whole numbers: label.npy",)
    contents = read_contents(folder)
    assert contents.labels.labels is not None
    assert contents.labels.labels.tolist() == [1, 0, 1]
    assert contents.labels.classes == ("0", "1")


def test_words_as_floats(tmp_path: Path) -> None:
    made = lstm_like()
    ids = made.arrays["word_id"]
    made.arrays["word_id"] = ids.astype("f4")
    folder = write_npy(tmp_path / "npy", made)
    assert notes(folder) == ("float32 is read as whole numbers: word_id.npy",)
    np.testing.assert_array_equal(read(folder)["word_id"], ids)


def test_lists_of_doubles(tmp_path: Path) -> None:
    made = lstm_like()
    doubles = made.arrays["hidden_0"].astype("f8") * (1 - 1e-12)
    folder = write_parquet(tmp_path / "parquet", made)
    path = folder / "layer=0" / "part-00000.parquet"
    table = pq.read_table(path)
    place = table.column_names.index("hidden")
    column = pa.array(doubles.tolist(), pa.list_(pa.float64()))
    pq.write_table(table.set_column(place, "hidden", column), path)
    assert "float64 is read as float32" in notes(folder)[0]
    np.testing.assert_array_equal(read(folder)["hidden_0"], doubles.astype("f4"))


def test_a_label_costs_only_if_it_occurs(tmp_path: Path) -> None:
    made = lstm_like((5, 4, 3), (2,))
    made.arrays["label"] = np.array([2_000_000_000, 7, 2_000_000_000])
    contents = read_contents(write_npy(tmp_path / "npy", made))
    assert contents.labels.classes == ("7", "2000000000")
    assert contents.labels.labels is not None
    assert contents.labels.labels.tolist() == [1, 0, 1]


@pytest.mark.parametrize("name", [".DS_Store", "._hidden_0.npy", "Thumbs.db", "hidden_0.npy~"])
def test_what_an_operating_system_leaves_is_passed_over(name: str, tmp_path: Path) -> None:
    folder = write_npy(tmp_path / "npy", lstm_like())
    (folder / name).write_bytes(b"\0\5\x16\7 no array")
    assert notes(folder) == ()


def test_files_that_are_not_read_are_named(tmp_path: Path) -> None:
    folder = write_parquet(tmp_path / "npy", lstm_like())
    names = ("a.h5", "b.pt", "c.pkl", "d.csv", "recording.yml", "states.parquet", "notes.txt")
    for name in names:
        (folder / name).write_bytes(b"")
    (folder / "layer=0" / "part.csv").write_bytes(b"")
    (folder / "e.zarr").mkdir()
    (note,) = notes(folder)
    for name in (*names, "e.zarr", "layer=0/part.csv", "rename it recording.yaml"):
        assert name in note


def test_headers_are_parsed_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python's parser fails where two threads use it: two readers here would meet."""
    meeting, met, parse = Barrier(2, timeout=0.2), [], npy_format.read_array_header_1_0
    stored = io.BytesIO()
    np.save(stored, np.zeros(3))

    def parse_together(stream: io.BytesIO) -> Any:
        with suppress(BrokenBarrierError):
            met.append(meeting.wait())
        return parse(stream)

    monkeypatch.setattr(npy_format, "read_array_header_1_0", parse_together)
    streams = [io.BytesIO(stored.getvalue()) for _ in range(2)]
    with ThreadPoolExecutor(2) as pool:
        shapes = [shape for shape, *_ in pool.map(array_files._read_header, streams)]
    assert shapes == [(3,), (3,)]
    assert met == []
