"""Equal content has an equal hash, whatever clocks measured and however rows are chunked."""

import pyarrow as pa
import pytest

from warehouse.parquet_tables import write_table
from warehouse.schema import TABLES, TRAINING_LOG
from warehouse.table_content import content_sha256, rows_sha256


def _log(folder, **changes) -> str:
    path = folder / "training_log.parquet"
    columns = {column.name: [1.0] for column in TRAINING_LOG.columns}
    columns |= {"step": [3], "epoch": [0], "split": ["train"], "metric": ["loss"]}
    write_table(path, TRAINING_LOG, columns | changes)
    return content_sha256(path)


def test_speed_and_time_do_not_count_and_all_else_does(tmp_path):
    assert TRAINING_LOG.volatile == ("tokens_per_second", "seconds")
    before = _log(tmp_path)
    assert _log(tmp_path, seconds=[2.0], tokens_per_second=[9.0]) == before
    for name in TRAINING_LOG.repeatable:
        other = ["other"] if name in ("split", "metric") else [7]
        assert _log(tmp_path, **{name: other}) != before, name


def test_nothing_that_identifies_a_row_is_volatile():
    assert not [t.name for t in TABLES.values() if set(t.key) & set(t.volatile)]


@pytest.mark.parametrize("cut", [0, 1, 3])
def test_chunks_and_what_lies_behind_a_null_do_not_count(cut):
    values = pa.array([1.5, None, 2.5, 4.0])
    behind = pa.Array.from_buffers(
        pa.float64(), 4, [values.buffers()[0], pa.py_buffer(b"\x01" * 32)]
    )
    whole = pa.table({"value": values})
    cut_up = pa.concat_tables([whole.slice(0, cut), whole.slice(cut)])
    assert rows_sha256(cut_up) == rows_sha256(whole)
    null_only = pa.table({"value": values.slice(1, 1)}), pa.table({"value": behind.slice(1, 1)})
    assert rows_sha256(null_only[0]) == rows_sha256(null_only[1])
