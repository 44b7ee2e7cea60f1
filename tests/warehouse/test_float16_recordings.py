"""Recordings in float16: half the room, rounded as NumPy rounds, read by every reader."""

from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warehouse.errors import RecordingError
from warehouse.plain_parquet import PlainParquetWriter
from warehouse.recording_dataset import recording_dataset
from warehouse.recording_schema import Precision, RecordingFormat, recording_schema, stacked_layers
from warehouse.recording_writer import write_recording
from warehouse.recordings import Recording, open_recording

ROWS, UNITS = 40, 3
ARRAYS = ("hidden", "hidden_delta", "cell", "cell_delta")
LAYERS = stacked_layers([UNITS], ARRAYS, "lstm")
SCALARS = {
    "sequence": np.zeros(ROWS, np.int32),
    "position": np.arange(ROWS, dtype=np.int32),
    "token": np.arange(ROWS),
    "word_id": np.arange(ROWS, dtype=np.int32) % 3,
}
HALF = 2.0**-11
"""The largest relative rounding of a float16, of 11 significant bits."""


def states() -> dict[str, np.ndarray]:
    generator = np.random.default_rng(0)
    return {name: generator.normal(0, 2, (ROWS, UNITS)).astype(np.float32) for name in ARRAYS}


def write(folder: Path, precision: Precision, arrays: dict[str, np.ndarray]) -> Recording:
    with write_recording(
        folder, layers=LAYERS, part_rows=[ROWS], source={}, stored=RecordingFormat(precision)
    ) as writer:
        for start in (0, ROWS // 2):
            rows = slice(start, start + ROWS // 2)
            writer.append(0, 0, {n: v[rows] for n, v in {**SCALARS, **arrays}.items()})
    return open_recording(folder)


@pytest.fixture
def half(tmp_path: Path) -> Recording:
    return write(tmp_path / "model" / "test", "float16", states())


def test_every_number_is_the_nearest_float16_and_read_as_float32(half: Recording) -> None:
    read = half.rows(0, (*SCALARS, *ARRAYS), 0, ROWS)
    batches = list(half.batches(0, ARRAYS, rows=7))
    for name, values in states().items():
        assert read[name].dtype == np.float32
        np.testing.assert_array_equal(read[name], values.astype(np.float16).astype(np.float32))
        np.testing.assert_array_equal(np.concatenate([b[name] for b in batches]), read[name])
    for name, values in SCALARS.items():
        np.testing.assert_array_equal(read[name], values)


def test_the_largest_rounding_is_stated(half: Recording) -> None:
    errors = [np.abs(v - v.astype(np.float16).astype(np.float32)).max() for v in states().values()]
    assert half.precision == "float16"
    assert half.rounding == max(errors) > 0


def test_the_files_take_half_the_room_and_a_default_one_says_nothing_new(
    half: Recording, tmp_path: Path
) -> None:
    full = write(tmp_path / "model" / "full", "float32", states())
    values = sum(array.size for array in states().values())
    sizes = [recording.files[1].stat().st_size for recording in (full, half)]
    assert sizes[0] - sizes[1] == pytest.approx(2 * values, abs=400)  # what the schema says
    assert (full.precision, full.rounding) == ("float32", 0.0)
    assert "precision" not in full.files[0].read_text()


def test_pyarrow_pandas_and_duckdb_read_them(half: Recording) -> None:
    path, expected = half.files[1], states()["cell"].astype(np.float16)
    assert pq.read_schema(path).equals(recording_schema(LAYERS[0], RecordingFormat("float16")))
    np.testing.assert_array_equal(np.stack(pd.read_parquet(path)["cell"]), expected)
    with duckdb.connect() as connection:
        query = "SELECT list_sum(cell::FLOAT[]) FROM read_parquet(?)"
        sums = [row[0] for row in connection.execute(query, [str(path)]).fetchall()]
    np.testing.assert_allclose(sums, expected.sum(axis=1, dtype=float), rtol=1e-6)


def test_one_table_holds_one_precision(half: Recording, tmp_path: Path) -> None:
    table = recording_dataset(half).to_table(columns=["cell"])
    assert table.num_rows == ROWS
    full = write(tmp_path / "model" / "full", "float32", states())
    with pytest.raises(RecordingError, match=r"float16.*float32"):
        recording_dataset(half, full)


def test_a_number_beyond_float16_is_refused(tmp_path: Path) -> None:
    arrays = states()
    arrays["cell"][5, 1] = 70_000
    with pytest.raises(RecordingError, match="found cell of 70,000, expected at most 65,504") as e:
        write(tmp_path / "r", "float16", arrays)
    assert "precision: float32" in e.value.repair
    assert not (tmp_path / "r").exists()


@settings(max_examples=30, deadline=None)
@given(value=st.floats(2**-14, 60_000, width=32))
def test_the_rounding_is_as_documented(value: float) -> None:
    assert abs(float(np.float16(value)) - value) <= HALF * value


def test_a_writer_takes_no_other_type(tmp_path: Path) -> None:
    writer = PlainParquetWriter(
        tmp_path / "f.parquet", recording_schema(LAYERS[0], RecordingFormat("float16"))
    )
    with pytest.raises(ValueError, match="hidden: float32"):
        writer.write_row_group({**SCALARS, **states()})
    writer.abandon()
