"""Tables as Parquet: what goes in comes out, typed as the schema says, or is refused."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from warehouse import parquet_tables
from warehouse.errors import StorageError
from warehouse.parquet_tables import (
    arrow_table,
    column_faults,
    open_table_writer,
    read_table,
    row_blocks,
    write_table,
)
from warehouse.schema import EVALUATION, GLYPH, TABLES

RESPONSE = TABLES["expected_response"]


def _response(words: int, units: int) -> dict[str, object]:
    values = np.arange(words * units, dtype=np.float32).reshape(words, units)
    return {
        "layer": np.zeros(words, np.int64),
        "state": ["cell"] * words,
        "word_id": np.arange(words),
        "count": np.ones(words, np.int32),
        **dict.fromkeys(RESPONSE.unit_arrays, values),
    }


@pytest.mark.slow
@settings(max_examples=30)
@given(words=st.integers(0, 5), units=st.integers(1, 4), cut=st.integers(0, 5))
def test_blocks_come_back_as_one_table_of_the_schemas_types(tmp_path_factory, words, units, cut):
    path = tmp_path_factory.mktemp("tables") / "table.parquet"
    columns = _response(words, units)
    with open_table_writer(path, RESPONSE, units) as writer:
        for part in (slice(cut), slice(cut, None)):
            writer.write({name: values[part] for name, values in columns.items()})
    assert writer.num_rows == words
    table = read_table(path)
    assert table.schema.equals(RESPONSE.arrow_schema(units))
    found = table["mean"].combine_chunks().flatten().to_numpy(zero_copy_only=False)
    assert_array_equal(found.reshape(words, units), columns["mean"])


def test_small_blocks_are_gathered_into_row_groups_of_some_megabytes(tmp_path, monkeypatch):
    monkeypatch.setattr(parquet_tables, "GROUP_BYTES", 4000)
    with open_table_writer(tmp_path / "table", RESPONSE, 10) as writer:
        for _ in range(50):
            writer.write(_response(3, 10))
    groups = pq.read_metadata(tmp_path / "table").num_row_groups
    assert read_table(tmp_path / "table").num_rows == 150
    assert 8 < groups < 13  # 50 blocks of about 800 bytes


def test_a_missing_column_is_reported_by_blocks_too(tmp_path):
    write_table(tmp_path / "table", RESPONSE, _response(3, 2), 2)
    with pytest.raises(StorageError, match="neither"):
        next(row_blocks(tmp_path / "table", ["word_id", "neither"]))


def test_lists_nulls_and_chosen_columns(tmp_path):
    columns = {
        "sentence_id": [0, 0], "position": [0, 1], "layer": [0, 0], "state": ["hidden"] * 2,
        "affinity": ["positive"] * 2, "num_clusters": [2, 2], "positive": np.ones((2, 2)),
        "negative": np.zeros((2, 2)), "positive_change": [[1.0, 2.0], [3.0, 4.0]],
        "negative_change": np.zeros((2, 2)), "preserved": np.zeros((2, 2)), "written": None,
        "lost": None, "keep": None,
    }  # fmt: skip
    assert write_table(tmp_path / "glyph", GLYPH, columns) == 2
    table = read_table(tmp_path / "glyph", ["positive_change", "keep"])
    assert table.to_pydict() == {"positive_change": [[1, 2], [3, 4]], "keep": [None, None]}


def _write_half(path) -> None:
    with open_table_writer(path, RESPONSE, 2) as writer:
        writer.write(_response(3, 2))
        raise ZeroDivisionError


def test_a_write_that_fails_leaves_nothing(tmp_path):
    with pytest.raises(ZeroDivisionError):
        _write_half(tmp_path / "x" / "t.parquet")
    assert list((tmp_path / "x").iterdir()) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"value": None},
        {"value": [1.0, 2.0]},
        {"value": ["one"]},
        {"metric": None},
    ],
)
def test_rows_that_do_not_fit_are_refused(tmp_path, wrong):
    columns = {"split": ["test"], "metric": ["loss"], "value": [1.0]} | wrong
    with pytest.raises((pa.ArrowInvalid, ValueError)):
        write_table(tmp_path / "evaluation.parquet", EVALUATION, columns)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("columns", [{"split": []}, {"a": [], "b": [], "c": []}])
def test_columns_that_are_not_the_schemas_are_refused(columns):
    with pytest.raises(KeyError, match="expected"):
        arrow_table(EVALUATION.arrow_schema(0), columns)


def test_responses_of_another_width_are_refused(tmp_path):
    with pytest.raises(pa.ArrowInvalid):
        write_table(tmp_path / "t.parquet", RESPONSE, _response(3, 4), units=5)


def test_missing_and_damaged_files_are_named(tmp_path):
    with pytest.raises(StorageError, match=r"none\.parquet is missing"):
        read_table(tmp_path / "none.parquet")
    path = tmp_path / "cut.parquet"
    write_table(path, RESPONSE, _response(50, 20), units=20)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(StorageError, match=r"cut\.parquet is damaged or cut short"):
        read_table(path)


def test_what_differs_between_schemas_in_words():
    expected = EVALUATION.arrow_schema(0)
    assert column_faults(expected, expected) == {}
    found = pa.schema({"metrics": pa.string(), "value": pa.float32(), "split": pa.string()})
    assert column_faults(found, expected) == {
        "metric": "missing",
        "value": "found float, expected double",
        "metrics": "unexpected; did you mean 'metric'?",
    }


def test_a_schema_read_back_from_parquet_has_no_faults(tmp_path):
    write_table(tmp_path / "t.parquet", RESPONSE, _response(3, 2), units=2)
    found = pq.read_schema(tmp_path / "t.parquet")
    assert column_faults(found, RESPONSE.arrow_schema(2)) == {}
