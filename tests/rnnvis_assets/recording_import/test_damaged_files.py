"""Files that are cut short or damaged are reported by name, and cause no other error."""

import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnvis_assets.recording_import.check_recording import check_recording
from tests.rnnvis_assets.recording_import.synthetic_recording import WRITERS, lstm_like, write_npz

pytestmark = pytest.mark.slow

Write = Callable[[Path], Path]
FOLDERS: dict[str, Write] = {
    form: lambda folder, write=write: write(folder, lstm_like(), (9,))  # type: ignore[misc]
    for form, write in WRITERS.items()
}


def expect_nothing_but_faults(folder: Path) -> None:
    for fault in check_recording(folder).faults:
        assert fault.where
        assert fault.found
        assert fault.repair


def cut_short(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * 2 // 3])


@pytest.mark.parametrize(
    ("form", "file"),
    [
        ("npy", "hidden_0.npy"),
        ("npz", "first.npz"),
        ("safetensors", "states.safetensors"),
        ("parquet", "layer=1/part-00000.parquet"),
    ],
)
def test_a_file_cut_short_is_named(form: str, file: str, tmp_path: Path) -> None:
    made = lstm_like((70, 50), (20, 20))
    folder = WRITERS[form](tmp_path / form, made, ())
    cut_short(folder / file)
    faults = [fault for fault in check_recording(folder).faults if fault.where.startswith(file)]
    assert faults
    assert "cut short" in faults[0].found


def test_damage_in_the_middle_of_a_compressed_file(tmp_path: Path) -> None:
    folder = write_npz(tmp_path / "npz", lstm_like((700, 50), (20, 20)))
    content = bytearray((folder / "second.npz").read_bytes())
    middle = len(content) // 2
    content[middle : middle + 200] = bytes(200)
    (folder / "second.npz").write_bytes(content)
    assert any("damaged" in fault.found for fault in check_recording(folder).faults)


@pytest.mark.parametrize("form", FOLDERS)
@settings(max_examples=60)
@given(data=st.data())
def test_no_damage_ends_in_anything_but_faults(form: str, data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as made:
        folder = FOLDERS[form](Path(made) / form)
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        path = data.draw(st.sampled_from(files))
        content = bytearray(path.read_bytes())
        place = data.draw(st.integers(0, len(content) - 1))
        replaced = data.draw(st.binary(max_size=40))
        kept = content[place + len(replaced) :] if data.draw(st.booleans()) else b""
        path.write_bytes(content[:place] + replaced + kept)
        expect_nothing_but_faults(folder)


@pytest.mark.parametrize("form", FOLDERS)
@settings(max_examples=40)
@given(data=st.data())
def test_no_missing_file_ends_in_anything_but_faults(form: str, data: st.DataObject) -> None:
    """Whole files go, or are emptied, several at once."""
    with tempfile.TemporaryDirectory() as made:
        folder = FOLDERS[form](Path(made) / form)
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        for path in data.draw(st.sets(st.sampled_from(files), min_size=1)):
            if data.draw(st.booleans()):
                path.unlink()
            else:
                path.write_bytes(b"")
        expect_nothing_but_faults(folder)


@settings(max_examples=40)
@given(data=st.data())
def test_no_missing_rows_of_tables_end_in_anything_but_faults(data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as made:
        folder = FOLDERS["parquet"](Path(made) / "parquet")
        for path in sorted(folder.rglob("*.parquet")):
            table = pq.read_table(path)
            kept = sorted(data.draw(st.sets(st.integers(0, table.num_rows - 1))))
            pq.write_table(table.take(np.array(kept, np.int64)), path)
        expect_nothing_but_faults(folder)


@pytest.mark.parametrize("form", ["npy", "npz", "safetensors"])
@settings(max_examples=30)
@given(data=st.data())
def test_no_missing_rows_of_arrays_end_in_anything_but_faults(
    form: str, data: st.DataObject
) -> None:
    """Rows and whole columns go, of arrays with changes and their own numbering among them."""
    made = lstm_like()
    made.arrays["hidden_delta_0"] = made.arrays["hidden_0"].copy()
    made.arrays["position"] = np.arange(made.num_tokens)
    for name in sorted(data.draw(st.sets(st.sampled_from(sorted(made.arrays)), min_size=1))):
        values = made.arrays[name]
        rows = sorted(data.draw(st.sets(st.integers(0, len(values) - 1))))
        columns = slice(0, data.draw(st.integers(0, 3)))
        made.arrays[name] = values[rows][:, columns] if values.ndim == 2 else values[rows]
    with tempfile.TemporaryDirectory() as folder:
        expect_nothing_but_faults(WRITERS[form](Path(folder) / form, made, ()))
