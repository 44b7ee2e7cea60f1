"""Recordings written and read back: order, ranges, and every way of being broken."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warehouse.errors import RecordingError, StorageError
from warehouse.recording_schema import stacked_layers
from warehouse.recording_writer import RecordingWriter, write_recording
from warehouse.recordings import Recording, open_recording

UNITS = (3, 2)
ARRAYS = ("hidden", "hidden_delta")
LAYERS = stacked_layers(UNITS, ARRAYS)
COLUMNS = ("sequence", "position", "token", "word_id", *ARRAYS)


def columns(start: int, stop: int, units: int) -> dict[str, np.ndarray]:
    """Rows that tell their token and unit."""
    token = np.arange(start, stop)
    hidden = (token[:, None] * 10 + np.arange(units)).astype(np.float32)
    return {
        "sequence": np.full(len(token), 4, np.int32),
        "position": token.astype(np.int32),
        "token": token,
        "word_id": (token % 3).astype(np.int32),
        "hidden": hidden,
        "hidden_delta": -hidden,
    }


def write(folder: Path, groups: Sequence[Sequence[int]]) -> Recording:
    """``groups``: the rows of every row group of every part."""
    part_rows = [sum(part) for part in groups]
    with write_recording(folder, layers=LAYERS, part_rows=part_rows, source={"seed": 1}) as writer:
        start = 0
        for part, sizes in enumerate(groups):
            for size in sizes:
                append(writer, part, start, start + size)
                start += size
    return open_recording(folder)


def append(writer: RecordingWriter, part: int, start: int, stop: int) -> None:
    for layer, units in enumerate(UNITS):
        writer.append(layer, part, columns(start, stop, units))


@pytest.fixture
def recording(tmp_path: Path) -> Recording:
    return write(tmp_path / "test", [[4, 2], [3]])


def test_what_is_written_is_described(recording: Recording) -> None:
    assert (recording.num_tokens, recording.num_layers) == (9, 2)
    assert (recording.units, recording.layers) == (UNITS, LAYERS)
    assert recording.source == {"seed": 1}
    assert [str(path.relative_to(recording.folder)) for path in recording.files] == [
        "_recording.json",
        "layer=0/part-00000.parquet",
        "layer=1/part-00000.parquet",
        "layer=0/part-00001.parquet",
        "layer=1/part-00001.parquet",
    ]


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(
    groups=st.lists(st.lists(st.integers(1, 6), min_size=1, max_size=4), min_size=1, max_size=4),
    rows=st.integers(1, 9),
    ends=st.tuples(st.floats(0, 1), st.floats(0, 1)),
)
def test_batches_and_rows_are_the_rows_in_order(
    groups: list[list[int]], rows: int, ends: tuple[float, float]
) -> None:
    total = sum(map(sum, groups))
    start = min(int(ends[0] * total), total - 1)
    stop = start + 1 + int(ends[1] * (total - start - 1))
    with TemporaryDirectory() as folder:
        recording = write(Path(folder) / "r", groups)
        for layer, units in enumerate(UNITS):
            batches = list(recording.batches(layer, COLUMNS, rows))
            few = recording.rows(layer, COLUMNS, start, stop)
            expected = columns(0, total, units)
            assert all(len(batch["token"]) <= rows for batch in batches)
            for name, values in expected.items():
                read = np.concatenate([batch[name] for batch in batches])
                assert read.dtype == values.dtype
                np.testing.assert_array_equal(read, values)
                np.testing.assert_array_equal(few[name], values[start:stop])


def test_the_cell_output_is_computed_of_the_recorded_cell_state(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    cell = generator.normal(0, 3, (9, 2)).astype(np.float32)
    change = np.diff(cell, axis=0, prepend=np.zeros((1, 2), np.float32))
    arrays = {"hidden": cell, "hidden_delta": cell, "cell": cell, "cell_delta": change}
    layers = stacked_layers([2], tuple(arrays), "lstm")
    scalars = {name: values for name, values in columns(0, 9, 2).items() if name not in ARRAYS}
    with write_recording(tmp_path / "c", layers=layers, part_rows=[9], source={}) as writer:
        writer.append(0, 0, {**scalars, **arrays})
    found = open_recording(tmp_path / "c")
    expected = np.tanh(cell.astype(np.float64))
    moved = np.diff(expected, axis=0, prepend=np.zeros((1, 2)))
    names = ("cell_output_delta", "token", "cell_output")
    read = found.rows(0, names, 2, 7)
    np.testing.assert_allclose(read["cell_output"], expected[2:7], atol=1e-6)
    np.testing.assert_allclose(read["cell_output_delta"], moved[2:7], atol=1e-6)
    (batch,) = found.batches(0, names)
    assert tuple(batch) == names
    np.testing.assert_allclose(batch["cell_output_delta"], moved, atol=1e-6)
    assert found.states_of(0) == ("hidden", "cell")
    assert replace(found, states=("cell_output", "hidden")).states_of(0) == (
        "hidden",
        "cell_output",
    )


def test_a_network_without_a_cell_state_has_no_cell_output(recording: Recording) -> None:
    with pytest.raises(RecordingError, match=r"has no \['cell'\]"):
        recording.rows(0, ["cell_output"], 0, 1)
    assert replace(recording, states=("cell_output", "hidden")).states_of(0) == ("hidden",)


def test_the_files_have_the_columns_of_the_contract(recording: Recording) -> None:
    path = recording.folder / "layer=1" / "part-00001.parquet"
    found = {field.name: field.type for field in pq.read_schema(path)}
    array = pa.list_(pa.float32(), 2)
    assert {name: kind for name, kind in found.items() if name not in ARRAYS} == {
        "sequence": pa.int32(),
        "position": pa.int32(),
        "token": pa.int64(),
        "word_id": pa.int32(),
    }
    assert tuple(found) == COLUMNS
    assert all(found[name].list_size == 2 for name in ARRAYS)
    assert all(found[name].value_type == array.value_type for name in ARRAYS)


def test_plain_duckdb_reads_all_parts_of_a_layer(recording: Recording) -> None:
    pattern = recording.folder / "layer=*" / "*.parquet"
    query = (
        "SELECT layer, count(*), sum(hidden[2]) FROM read_parquet(?) GROUP BY layer ORDER BY layer"
    )
    with duckdb.connect() as connection:
        found = connection.execute(query, [str(pattern)]).fetchall()
    assert found == [(0, 9, 369.0), (1, 9, 369.0)]


def test_a_part_is_closed_with_its_last_row(tmp_path: Path) -> None:
    with write_recording(tmp_path / "r", layers=LAYERS, part_rows=[2, 2], source={}) as writer:
        append(writer, 0, 0, 2)
        (folder,) = tmp_path.glob(".tmp-*")
        assert pq.read_metadata(folder / "layer=0" / "part-00000.parquet").num_rows == 2
        append(writer, 1, 2, 4)


@pytest.mark.parametrize(("start", "stop"), [(-1, 2), (3, 3), (4, 2), (0, 10)], ids=str)
def test_rows_outside_the_recording_are_refused(
    recording: Recording, start: int, stop: int
) -> None:
    with pytest.raises(RecordingError, match=f"rows {start} to {stop}: the recording has 9"):
        recording.rows(0, ["token"], start, stop)


def test_a_column_that_was_not_recorded_is_named(recording: Recording) -> None:
    with pytest.raises(RecordingError, match=r"no \['cell'\], only \['sequence', "):
        next(recording.batches(0, ["token", "cell"]))
    with pytest.raises(RecordingError, match=r"no \['cell'\]"):
        recording.rows(0, ["cell"], 0, 1)


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-9])


@pytest.mark.parametrize(
    ("damage", "message"),
    [(Path.unlink, "is missing"), (cut_short, r"has \d+ bytes, expected \d+")],
)
@pytest.mark.parametrize("file", ["layer=0/part-00001.parquet", "layer=1/part-00000.parquet"])
def test_a_part_missing_or_cut_short_is_named_with_its_repair(
    recording: Recording, file: str, damage: Callable[[Path], None], message: str
) -> None:
    damage(recording.folder / file)
    with pytest.raises(RecordingError, match=f"{file} {message}") as caught:
        open_recording(recording.folder)
    assert caught.value.repair.startswith("rnnvis materialize")


def test_a_part_of_the_right_length_that_is_no_parquet_is_named(recording: Recording) -> None:
    path = recording.folder / "layer=0" / "part-00001.parquet"
    path.write_bytes(b"x" * path.stat().st_size)
    reopened = open_recording(recording.folder)
    with pytest.raises(RecordingError, match=r"part-00001\.parquet cannot be read"):
        list(reopened.batches(0, ["token"]))
    with pytest.raises(RecordingError, match=r"part-00001\.parquet cannot be read"):
        reopened.rows(0, ["token"], 0, 9)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"units": 1, "parts": []}',
        '{"units": [2], "arrays": [], "parts": [{"rows": 1, "bytes": []}], "source": {}}',
    ],
)
def test_a_damaged_description_is_named(recording: Recording, content: str) -> None:
    (recording.folder / "_recording.json").write_text(content)
    with pytest.raises(RecordingError, match=r"recording\.json is damaged"):
        open_recording(recording.folder)


def test_no_recording_at_all_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"recording\.json is missing"):
        open_recording(tmp_path)


@pytest.mark.parametrize("rows", [1, 3])
def test_too_few_or_too_many_rows_publish_nothing(recording: Recording, rows: int) -> None:
    folder = recording.folder
    with (
        pytest.raises(RecordingError, match=f"layer 0, part 0: {rows} rows written, expected 2"),
        write_recording(folder, layers=LAYERS, part_rows=[2], source={}) as writer,
    ):
        append(writer, 0, 0, rows)
    assert open_recording(folder) == recording
    assert list(folder.parent.iterdir()) == [folder]


def write_to_a_full_disk(folder: Path) -> None:
    with write_recording(folder, layers=LAYERS, part_rows=[2], source={}) as writer:
        (unfinished,) = folder.parent.glob(".tmp-*")
        (unfinished / "layer=1" / "part-00000.parquet").symlink_to("/dev/full")
        append(writer, 0, 0, 2)


def test_a_full_disk_is_named_and_leaves_the_old_recording(recording: Recording) -> None:
    with pytest.raises(StorageError, match="the disk is full"):
        write_to_a_full_disk(recording.folder)
    assert open_recording(recording.folder) == recording
    assert list(recording.folder.parent.iterdir()) == [recording.folder]
