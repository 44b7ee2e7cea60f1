"""Plain Parquet files, read by pyarrow and by DuckDB."""

from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warehouse.compact_thrift import i32, list_of, varint
from warehouse.plain_parquet import PlainParquetWriter
from warehouse.recording_schema import LayerShape, recording_schema

ARRAYS = ("hidden", "hidden_delta")


def columns(start: int, stop: int, units: int) -> dict[str, np.ndarray]:
    token = np.arange(start, stop)
    hidden = (token[:, None] * 10 + np.arange(units)).astype(np.float32)
    numbers = {name: token.astype(np.int32) for name in ("sequence", "position", "word_id")}
    return {**numbers, "token": token, "hidden": hidden, "hidden_delta": -hidden}


def write(path: Path, groups: list[int], units: int) -> None:
    writer, start = PlainParquetWriter(path, recording_schema(LayerShape("l", units, ARRAYS))), 0
    for rows in groups:
        writer.write_row_group(columns(start, start + rows, units))
        start += rows
    writer.close()


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(
    groups=st.lists(st.integers(1, 300), min_size=1, max_size=20),
    units=st.sampled_from([1, 2, 3, 63, 64, 65, 200]),
)
def test_pyarrow_and_duckdb_read_what_was_written(groups: list[int], units: int) -> None:
    expected = columns(0, sum(groups), units)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "file.parquet"
        write(path, groups, units)
        metadata, table = pq.read_metadata(path), pq.read_table(path)
        query = "SELECT count(*), sum(token), sum(hidden[-1]::DOUBLE) FROM read_parquet(?)"
        with duckdb.connect() as connection:
            found = connection.execute(query, [str(path)]).fetchall()
    assert [metadata.row_group(g).num_rows for g in range(metadata.num_row_groups)] == groups
    assert table.schema.equals(recording_schema(LayerShape("l", units, ARRAYS)))
    for name, values in expected.items():
        read = table[name].combine_chunks()
        flat = read.flatten() if values.ndim == 2 else read
        np.testing.assert_array_equal(flat.to_numpy(), values.ravel())
    assert found == [
        (sum(groups), expected["token"].sum(), expected["hidden"][:, -1].sum(dtype=float))
    ]


def test_scalars_have_statistics(tmp_path: Path) -> None:
    write(tmp_path / "file.parquet", [4, 3], 2)
    group = pq.read_metadata(tmp_path / "file.parquet").row_group(1)
    token = next(c for c in map(group.column, range(6)) if c.path_in_schema == "token")
    assert (token.statistics.min, token.statistics.max) == (4, 6)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("token", np.zeros(3, np.int32)),
        ("token", np.zeros(2, np.int64)),
        ("hidden", np.zeros((3, 2))),
        ("hidden", np.zeros((3, 1), np.float32)),
        ("hidden", np.zeros(6, np.float32)),
    ],
)
def test_another_shape_or_type_is_refused(tmp_path: Path, name: str, values: np.ndarray) -> None:
    writer = PlainParquetWriter(
        tmp_path / "file.parquet", recording_schema(LayerShape("l", 2, ARRAYS))
    )
    with pytest.raises(ValueError, match=f"{name}: "):
        writer.write_row_group({**columns(0, 3, 2), name: values})
    writer.abandon()


def test_an_abandoned_file_is_no_parquet(tmp_path: Path) -> None:
    writer = PlainParquetWriter(
        tmp_path / "file.parquet", recording_schema(LayerShape("l", 2, ARRAYS))
    )
    writer.write_row_group(columns(0, 3, 2))
    writer.abandon()
    with pytest.raises(pa.ArrowInvalid):
        pq.read_metadata(tmp_path / "file.parquet")


def test_numbers_as_the_protocol_writes_them() -> None:
    assert [varint(n).hex() for n in (0, 127, 128, 50_399)] == ["00", "7f", "8001", "df8903"]
    assert [i32(n)[1].hex() for n in (0, -1, 1, -64, 64)] == ["00", "01", "02", "7f", "8001"]
    assert list_of([i32(1)] * 14)[1][:1].hex() == "e5"
    assert list_of([i32(1)] * 15)[1][:2].hex() == "f50f"
