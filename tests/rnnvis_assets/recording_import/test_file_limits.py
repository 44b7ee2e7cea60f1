"""Files that would fill the memory, be read for ever, or lie outside of the folder."""

import os
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rnnvis_assets.configuration.plain_file import MOST_TEXT_BYTES
from rnnvis_assets.recording_import import parquet_columns
from tests.rnnvis_assets.recording_import.synthetic_recording import (
    lstm_like,
    write_npy,
    write_parquet,
)
from tests.rnnvis_assets.recording_import.test_all_faults import expect_faults
from tests.rnnvis_assets.recording_import.test_check_memory import write_zeros
from tests.rnnvis_assets.recording_import.test_check_recording import check
from warehouse.errors import RecordingError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_npy(tmp_path / "npy", lstm_like())


def expect_refusal(folder: Path, *words: str) -> None:
    with pytest.raises(RecordingError) as caught:
        check(folder)
    assert all(word in str(caught.value) for word in words), caught.value


def test_a_device_behind_a_link(folder: Path) -> None:
    (folder / "vocabulary.txt").unlink()
    (folder / "vocabulary.txt").symlink_to("/dev/zero")
    expect_refusal(folder, "vocabulary.txt", "a link that leads to /dev/zero", "inside")


def test_a_link_out_of_the_folder(folder: Path, tmp_path: Path) -> None:
    (folder / "hidden_0.npy").rename(tmp_path / "states.npy")
    (folder / "hidden_0.npy").symlink_to(tmp_path / "states.npy")
    expect_refusal(folder, "hidden_0.npy", "a link that leads to", "copy the file into the folder")


def test_a_link_within_the_folder_is_read(folder: Path) -> None:
    (folder / "hidden_0.npy").rename(folder / "states.bin")
    (folder / "hidden_0.npy").symlink_to("states.bin")
    assert not check(folder).faults


def test_links_pipes_and_folders_are_named_together(folder: Path) -> None:
    (folder / "annotation_a.npy").symlink_to("nowhere.npy")
    os.mkfifo(folder / "annotation_b.npy")
    (folder / "annotation_c.npy").mkdir()
    expect_refusal(folder, "3 faults", "leads nowhere", "a pipe or a device", "found a folder")


def test_a_vocabulary_beyond_its_limit(folder: Path) -> None:
    with (folder / "vocabulary.txt").open("r+b") as stream:
        stream.truncate(MOST_TEXT_BYTES + 1)
    expect_refusal(folder, "vocabulary.txt", "1,073,741,825 bytes", "at most 1,073,741,824")


def test_a_vocabulary_nested_without_bounds(folder: Path) -> None:
    (folder / "vocabulary.txt").unlink()
    (folder / "vocabulary.json").write_text("[" * 100_000)
    expect_faults(folder, ("vocabulary.json", "recursion"))


def test_a_word_without_bounds_is_shortened(folder: Path) -> None:
    (folder / "vocabulary.txt").write_text(f"{'x' * 100_000}\n" * 2)
    assert 0 < max(len(str(fault)) for fault in check(folder).faults) < 1_000


def test_a_shape_below_zero(folder: Path) -> None:
    with (folder / "hidden_2.npy").open("wb") as stream:
        header = {"descr": "<f4", "fortran_order": False, "shape": (200, -8)}
        np.lib.format.write_array_header_1_0(stream, header)
    expect_faults(folder, ("hidden_2.npy", "(200, -8)"))


def test_more_units_than_any_network_has(folder: Path) -> None:
    write_zeros(folder / "hidden_2.npy", (24, 4_000_000), "<f4")
    expect_faults(folder, ("hidden_2", "4,000,000 columns", "at most 100,000"))


def test_a_header_of_safetensors_beyond_every_file(folder: Path) -> None:
    (folder / "more.safetensors").write_bytes((2**62).to_bytes(8, "little") + bytes(100))
    expect_faults(folder, ("more.safetensors", "header"))


@pytest.mark.slow
def test_lists_of_millions_in_a_small_file(tmp_path: Path) -> None:
    folder = write_parquet(tmp_path / "parquet", lstm_like(), ())
    rows = pa.array([np.zeros(1_000_000, np.float32)] * 24, pa.list_(pa.float32()))
    (folder / "layer=2").mkdir()
    path = folder / "layer=2" / "part-00000.parquet"
    pq.write_table(pa.table({"hidden": rows}), path, compression="zstd")
    assert path.stat().st_size < 100_000
    expect_faults(folder, ("column hidden", "1,000,000 values a row", "at most 100,000"))


@pytest.mark.parametrize("repeated", [True, False])
def test_text_that_expands(repeated: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet_columns, "MOST_TEXT_BYTES", 1_000_000)
    folder = write_parquet(tmp_path / "parquet", lstm_like(), ())
    path = folder / "tokens.parquet"
    texts = ["x" * 50_000 + ("" if repeated else str(row)) for row in range(24)]
    pq.write_table(pa.table({"annotation_long": texts}), path, compression="zstd")
    assert path.stat().st_size < 100_000
    expect_faults(folder, ("annotation_long", "bytes of text, expected at most 1,000,000"))
