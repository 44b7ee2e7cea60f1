"""Building a release: what is in the file, and every fault of its input named at once."""

import resource
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.warehouse.examples import REVIEWS, SPEC, whole_content
from tests.warehouse.synthetic import Synthetic, card
from warehouse import build_release, database
from warehouse.build_release import row_counts, write_release
from warehouse.database import Database
from warehouse.errors import StorageError
from warehouse.publish_release import publish_release
from warehouse.schema import TABLES
from warehouse.storage import Storage
from warehouse.verify_release import verify


@pytest.mark.slow
def test_every_table_has_the_rows_and_types_of_the_schema(good, content):
    with closing(Database(good)) as database:
        for table in TABLES.values():
            columns = database.select(f'DESCRIBE "{table.name}"').to_pylist()
            found = {row["column_name"]: (row["column_type"], row["null"]) for row in columns}
            expected = {
                c.name: (
                    {"TIMESTAMPTZ": "TIMESTAMP WITH TIME ZONE"}.get(
                        c.duckdb_type(SPEC.num_units), c.duckdb_type(SPEC.num_units)
                    ),
                    "YES" if c.nullable else "NO",
                )
                for c in table.columns
            }
            assert found == expected
        assert verify(database, row_counts(content)) == []


def test_rows_lie_in_the_order_of_their_key(good):
    with closing(Database(good)) as database:
        for table in TABLES.values():
            key = ", ".join(f'"{name}"' for name in table.key)
            stored = database.select(f'SELECT {key} FROM "{table.name}"')
            assert stored.equals(stored.sort_by([(name, "ascending") for name in table.key]))


def test_nothing_but_the_file_is_left(good):
    assert [path.name for path in good.parent.iterdir()] == ["good.duckdb"]


@pytest.mark.slow
def test_free_blocks_that_duckdb_counts_and_never_wrote_are_written(tmp_path, content, monkeypatch):
    """It left one out at the end of the release of a 2 x 200 LSTM."""
    one_more = f"SELECT bytes + 262144 AS bytes FROM ({database.FILE_BYTES})"
    for module in (database, build_release):
        monkeypatch.setattr(module, "FILE_BYTES", one_more)
    assert write_release(tmp_path / "release.duckdb", content, SPEC.num_units) == []


@pytest.mark.slow
def test_folders_called_like_columns_are_only_folders(tmp_path):
    folder = tmp_path / "layer=9" / "state=x[1]"
    content = whole_content(folder, REVIEWS)
    assert write_release(folder / "release.duckdb", content, REVIEWS.num_units) == []


def _replace_column(path, name: str, values) -> None:
    table = pq.read_table(path)
    index = table.schema.get_field_index(name)
    pq.write_table(table.set_column(index, name, values), path)


@pytest.mark.slow
def test_all_faults_of_the_input_are_named_at_once(tmp_path):
    content = whole_content(tmp_path, SPEC)
    (tmp_path / "evaluation.parquet").unlink()
    del content["training_log"]
    cut = tmp_path / "glyph.parquet"
    cut.write_bytes(cut.read_bytes()[:500])
    rows = pq.read_metadata(tmp_path / "expected_response.parquet").num_rows
    short = pa.array([[1.0] * 7] * rows, pa.list_(pa.float32(), 7))
    _replace_column(tmp_path / "expected_response.parquet", "q25", short)
    _replace_column(
        tmp_path / "unit_cluster.parquet",
        "cluster",
        pa.nulls(pq.read_metadata(tmp_path / "unit_cluster.parquet").num_rows, pa.int32()),
    )
    token = pq.read_table(tmp_path / "token.parquet")
    names = ["tokn" if name == "token" else name for name in token.column_names]
    pq.write_table(token.rename_columns(names), tmp_path / "token.parquet")
    faults = write_release(tmp_path / "release.duckdb", content, SPEC.num_units)
    expected = (
        f"evaluation is missing: no file {tmp_path / 'evaluation.parquet'}",
        "training_log is missing",
        f"glyph: {cut} is damaged or cut short",
        "expected_response.q25: found fixed_size_list<element: float>[7], expected",
        "token.token: missing",
        "token.tokn: unexpected; did you mean 'token'?",
        "unit_cluster: Constraint Error: NOT NULL constraint failed: unit_cluster",
    )
    for text in expected:
        assert any(fault.startswith(text) for fault in faults), (text, faults)
    assert len(faults) == len(expected)


@contextmanager
def _no_file_larger_than(kibibytes: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (kibibytes * 1024, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.slow
@pytest.mark.parametrize("kibibytes", [100, 800])
def test_a_disk_that_takes_no_more_leaves_nothing_behind(tmp_path, content, kibibytes):
    storage = Storage(tmp_path)
    tables = {name: rows for name, rows in content.items() if name != "model"}
    with (
        _no_file_larger_than(kibibytes),
        pytest.raises(StorageError, match="no larger file; nothing was half-written"),
    ):
        publish_release(storage, card(SPEC), tables, keep=3)
    assert list(storage.releases("small").iterdir()) == []


LARGER = Synthetic(
    num_words=9_000, num_units=2, num_layers=1, num_tokens=20_000, cluster_counts=(8,)
)


@pytest.fixture(scope="module")
def larger(tmp_path_factory):
    """In small row groups, as stages write them block by block."""
    content = whole_content(tmp_path_factory.mktemp("larger"), LARGER)
    for rows in content.values():
        if isinstance(rows, Path):
            pq.write_table(pq.read_table(rows), rows, row_group_size=1024)
    return content


def _rows(path) -> list[pa.Table]:
    with closing(Database(path)) as database:
        return [database.select(f'SELECT * FROM "{name}"') for name in TABLES]


@pytest.mark.slow
def test_a_release_in_little_memory_is_the_one_in_much(tmp_path, larger, monkeypatch):
    """Written in the parts that layers of thousands of units need."""
    paths = [tmp_path / f"{name}.duckdb" for name in ("much", "little")]
    assert write_release(paths[0], larger, LARGER.num_units) == []
    monkeypatch.setattr(build_release, "MEMORY_BYTES", 2**25)
    monkeypatch.setattr(build_release, "THREADS", 1)
    monkeypatch.setattr(build_release, "_GROUP_BYTES", 0)
    assert write_release(paths[1], larger, LARGER.num_units) == []
    assert _rows(paths[0]) == _rows(paths[1])
    assert sorted(tmp_path.iterdir()) == sorted(paths)


MUCH = "SELECT count(*) FROM (SELECT DISTINCT md5(i::VARCHAR) FROM range(500_000) r(i))"


def _verify_on_a_full_disk(database: Database, _: object) -> list[str]:
    with _no_file_larger_than(100):
        database.select(MUCH)
    return []


def _insert_on_a_full_disk(connection, *_: object) -> None:
    connection.execute("SET max_temp_directory_size = '1 MiB'")
    connection.execute(MUCH)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "on_a_full_disk", "why"),
    [
        ("verify", _verify_on_a_full_disk, "the system allows no larger file"),
        ("insert_rows", _insert_on_a_full_disk, "the disk is full"),
    ],
)
def test_without_room_for_what_memory_cannot_hold_nothing_is_published(
    tmp_path, content, monkeypatch, name, on_a_full_disk, why
):
    monkeypatch.setattr(build_release, "MEMORY_BYTES", 24 * 2**20)
    monkeypatch.setattr(build_release, "THREADS", 1)
    monkeypatch.setattr(build_release, name, on_a_full_disk)
    storage = Storage(tmp_path)
    tables = {name: rows for name, rows in content.items() if name != "model"}
    with pytest.raises(StorageError, match=f"{why}; nothing was half-written"):
        publish_release(storage, card(SPEC), tables, keep=3)
    assert list(storage.releases("small").iterdir()) == []


@pytest.mark.parametrize("table", TABLES.values(), ids=list(TABLES))
def test_duckdb_describes_every_table_and_column(good, table):
    with closing(Database(good)) as database:
        (about,) = database.select(
            "SELECT comment FROM duckdb_tables() WHERE table_name = $name", {"name": table.name}
        )["comment"].to_pylist()
        columns = database.select(
            "SELECT column_name, comment FROM duckdb_columns() WHERE table_name = $name",
            {"name": table.name},
        ).to_pylist()
    assert about == table.description
    found = {column["column_name"]: column["comment"] for column in columns}
    assert found == {column.name: column.description for column in table.columns}
