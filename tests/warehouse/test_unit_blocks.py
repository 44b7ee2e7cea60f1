"""Recordings in blocks of units: the same numbers, in less room, read by the same readers."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warehouse.errors import RecordingError
from warehouse.recording_dataset import recording_dataset, recording_reader
from warehouse.recording_schema import (
    ROWS_OF_FLOAT32,
    LayerShape,
    RecordingFormat,
    recording_schema,
)
from warehouse.recording_writer import write_recording
from warehouse.recordings import Recording, open_recording

ARRAYS = ("hidden", "hidden_delta", "cell", "cell_delta", "keep_gate")
SCALARS = ("sequence", "position", "token", "word_id")
UNITS = 7


def make_rows(lengths: Sequence[int], units: int = UNITS) -> dict[str, np.ndarray]:
    """Sequences of an LSTM's arrays, whose changes are the differences of its states."""
    generator, tokens = np.random.default_rng(0), sum(lengths)
    position = np.concatenate([np.arange(length) for length in lengths]).astype(np.int32)
    rows = {
        "sequence": np.repeat(np.arange(len(lengths)), lengths).astype(np.int32),
        "position": position,
        "token": np.arange(tokens),
        "word_id": generator.integers(0, 9, tokens).astype(np.int32),
    }
    for state in ("hidden", "cell"):
        rows[state] = generator.normal(size=(tokens, units)).astype(np.float32)
        before = np.vstack([np.zeros((1, units), np.float32), rows[state][:-1]])
        before[position == 0] = 0
        rows[f"{state}_delta"] = rows[state] - before
    rows["keep_gate"] = generator.uniform(size=(tokens, units)).astype(np.float32)
    return rows


def write(
    folder: Path,
    rows: dict[str, np.ndarray],
    groups: Sequence[Sequence[int]],
    stored: RecordingFormat,
) -> Recording:
    """One layer; ``groups``: the rows of every row group of every part."""
    layers = [LayerShape("l", rows["hidden"].shape[1], ARRAYS, "lstm")]
    parts = [sum(part) for part in groups]
    with write_recording(
        folder, layers=layers, part_rows=parts, source={}, stored=stored
    ) as writer:
        start = 0
        for part, sizes in enumerate(groups):
            for size in sizes:
                group = slice(start, start + size)
                writer.append(0, part, {name: values[group] for name, values in rows.items()})
                start += size
    return open_recording(folder)


def arrays_in(recording: Recording) -> list[set[str]]:
    """The arrays that each part has columns of."""
    return [
        {name.rstrip("_0123456789") for name in pq.read_schema(path).names} - {*SCALARS}
        for path in recording.files[1:]
    ]


def assert_same_bits(found: np.ndarray, expected: np.ndarray) -> None:
    assert (found.dtype, found.shape) == (expected.dtype, expected.shape)
    assert found.tobytes() == expected.tobytes()


blocks = RecordingFormat(layout="unit_blocks", block_units=3)


@st.composite
def cut_rows(draw: st.DrawFn) -> tuple[dict[str, np.ndarray], list[list[int]], list[int]]:
    """Rows, the row groups of every part, and rows of which a change is off by a bit."""
    groups = draw(
        st.lists(st.lists(st.integers(1, 5), min_size=1, max_size=4), min_size=1, max_size=4)
    )
    total = sum(map(sum, groups))
    ends = draw(st.sets(st.integers(1, total), max_size=4))
    cuts = sorted({0, total, *ends})
    rows = make_rows(np.diff(cuts).tolist())
    wrong = draw(st.lists(st.integers(0, total - 1), max_size=2, unique=True))
    return rows, groups, wrong


@pytest.mark.slow
@settings(max_examples=30, deadline=None)
@given(
    made=cut_rows(),
    width=st.integers(1, UNITS + 1),
    rows_at_once=st.integers(1, 9),
    units=st.tuples(st.integers(0, UNITS - 1), st.integers(1, UNITS)),
)
def test_no_cut_changes_a_bit(
    made: tuple[dict[str, np.ndarray], list[list[int]], list[int]],
    width: int,
    rows_at_once: int,
    units: tuple[int, int],
) -> None:
    rows, groups, wrong = made
    rows["cell_delta"][wrong, 2] = np.nextafter(rows["cell_delta"][wrong, 2], np.float32(9))
    total, some = len(rows["token"]), slice(units[0], min(units[0] + units[1], UNITS))
    with TemporaryDirectory() as folder:
        stored = RecordingFormat(layout="unit_blocks", block_units=width)
        recording = write(Path(folder) / "r", rows, groups, stored)
        assert [files >= {"cell_delta"} for files in arrays_in(recording)] == [
            any(first <= row < first + size for row in wrong)
            for first, size in zip(np.cumsum([0, *recording.parts]), recording.parts, strict=False)
        ]
        assert not any("hidden_delta" in files for files in arrays_in(recording))
        whole = list(recording.batches(0, [*rows], rows_at_once))
        few = list(recording.batches(0, [*rows], rows_at_once, units=some))
        middle = recording.rows(0, [*rows], total // 2, total)
    for name, values in rows.items():
        assert_same_bits(np.concatenate([batch[name] for batch in whole]), values)
        assert_same_bits(middle[name], values[total // 2 :])
        wanted = values[:, some] if values.ndim == 2 else values
        assert_same_bits(np.concatenate([batch[name] for batch in few]), wanted)


def test_a_change_is_stored_where_the_row_before_is_not_known(tmp_path: Path) -> None:
    rows = make_rows([8])
    layers = [LayerShape("l", UNITS, ARRAYS, "lstm")]
    with write_recording(
        tmp_path / "r", layers=layers, part_rows=[4, 4], source={}, stored=blocks
    ) as writer:
        for part, group in ((1, slice(4, 8)), (0, slice(0, 4))):
            writer.append(0, part, {name: values[group] for name, values in rows.items()})
    recording = open_recording(tmp_path / "r")
    assert [len(arrays) for arrays in arrays_in(recording)] == [3, 5]
    assert_same_bits(recording.rows(0, ["cell_delta"], 0, 8)["cell_delta"], rows["cell_delta"])


def test_states_that_begin_elsewhere_than_at_zero_keep_their_changes(tmp_path: Path) -> None:
    rows = make_rows([5, 4])
    rows["hidden_delta"][rows["position"] == 0] = 0
    recording = write(tmp_path / "r", rows, [[5], [4]], blocks)
    assert [arrays - {"hidden", "cell"} for arrays in arrays_in(recording)] == [
        {"hidden_delta", "keep_gate"},
        {"hidden_delta", "keep_gate"},
    ]
    found = recording.rows(0, ["hidden_delta"], 0, 9)["hidden_delta"]
    assert_same_bits(found, rows["hidden_delta"])


def test_numbers_in_float16_are_those_of_the_other_layout(tmp_path: Path) -> None:
    rows = make_rows([6, 6])
    stored = RecordingFormat("float16", "unit_blocks", 3)
    both = [
        write(tmp_path / name, rows, [[5, 7]], form).rows(0, [*rows], 0, 12)
        for name, form in (("one", RecordingFormat("float16")), ("other", stored))
    ]
    for name, values in both[0].items():
        assert_same_bits(both[1][name], values)


def test_nothing_is_lost_in_at_most_60_percent_of_the_room(tmp_path: Path) -> None:
    rows = make_rows([400, 200], units=300)
    sizes = [
        write(tmp_path / form.layout, rows, [[100] * 6], form).files[1].stat().st_size
        for form in (ROWS_OF_FLOAT32, RecordingFormat(layout="unit_blocks"))
    ]
    assert sizes[1] <= 0.6 * sizes[0]


def test_one_unit_at_a_time_is_read_by_itself(tmp_path: Path) -> None:
    recording = write(tmp_path / "r", make_rows([9]), [[9]], blocks)
    assert recording.unit_blocks(0) == (slice(0, 2), slice(2, 4), slice(4, 7))
    path = recording.files[1]
    damaged = bytearray(path.read_bytes())
    place = pq.read_metadata(path).row_group(0).column(4 + 2)  # hidden_4
    damaged[place.data_page_offset + place.total_compressed_size // 2] ^= 1
    path.write_bytes(damaged)
    assert list(recording.batches(0, ["hidden"], units=slice(0, 4)))
    with pytest.raises(RecordingError, match=r"hidden_4: the page has another checksum"):
        list(recording.batches(0, ["hidden"], units=slice(3, 5)))


def test_pyarrow_and_duckdb_read_the_blocks(tmp_path: Path) -> None:
    rows = make_rows([9])
    path = write(tmp_path / "r", rows, [[4, 5]], blocks).files[1]
    table = pq.read_table(path, page_checksum_verification=True)
    assert table.column_names == [*SCALARS, *(
        f"{name}_{first}" for name in ("hidden", "cell", "keep_gate") for first in (0, 2, 4)
    )]  # fmt: skip
    found = table["cell_2"].combine_chunks().flatten().to_numpy().reshape(9, 2)
    assert_same_bits(found, rows["cell"][:, 2:4])
    query = (
        "SELECT hidden_0::FLOAT[] || hidden_2::FLOAT[] || hidden_4::FLOAT[] FROM read_parquet(?)"
    )
    with duckdb.connect() as connection:
        found = np.array(
            [row[0] for row in connection.execute(query, [str(path)]).fetchall()], np.float32
        )
    assert_same_bits(found, rows["hidden"])


@pytest.mark.parametrize("stored", [ROWS_OF_FLOAT32, blocks], ids=["rows", "unit_blocks"])
def test_other_programs_get_the_columns_of_the_contract(
    stored: RecordingFormat, tmp_path: Path
) -> None:
    rows = make_rows([9, 3])
    recording = write(tmp_path / "r", rows, [[4, 5], [3]], stored)
    table = recording_reader(recording, layer=0).read_all()
    assert table.schema.equals(recording_schema(recording.layers[0]))
    flat = table["hidden_delta"].combine_chunks().flatten().to_numpy()
    assert_same_bits(flat.reshape(12, UNITS), rows["hidden_delta"])
    reader = recording_reader(recording, layer=0)
    with duckdb.connect() as connection:
        (count,) = connection.execute("SELECT sum(len(cell_delta)) FROM reader").fetchall()
    assert count == (12 * UNITS,)
    assert reader is not None


def test_blocks_are_no_dataset_of_rows(tmp_path: Path) -> None:
    recording = write(tmp_path / "m" / "test", make_rows([9]), [[9]], blocks)
    with pytest.raises(RecordingError, match="found blocks of units, expected rows") as caught:
        recording_dataset(recording)
    assert "recording_reader(recording, layer=0)" in caught.value.repair
