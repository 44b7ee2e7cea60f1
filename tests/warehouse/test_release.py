"""Building a release: what is in the file, and every fault of its input named at once."""

import resource
from contextlib import closing
from datetime import UTC, datetime

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.warehouse.synthetic import Synthetic, card, columns_of, write_content
from warehouse.database import Database
from warehouse.errors import StorageError
from warehouse.publishing import publish_release
from warehouse.release import Rows, row_counts, write_release
from warehouse.schema import TABLES
from warehouse.storage import Storage
from warehouse.tables import arrow_table
from warehouse.verification import verify

SPEC = Synthetic()
REVIEWS = Synthetic(name="reviews", task="classification", cell="gru", num_layers=1)


def _content(folder, spec: Synthetic) -> dict[str, Rows]:
    row = {**card(spec), "release_id": "made-here", "created_at": datetime.now(UTC)}
    schema = TABLES["model"].arrow_schema(spec.num_units)
    model = arrow_table(schema, {name: [value] for name, value in row.items()})
    return {**write_content(folder, spec, columns_of(spec)), "model": model}


@pytest.fixture(scope="module")
def content(tmp_path_factory):
    return _content(tmp_path_factory.mktemp("tables"), SPEC)


@pytest.fixture(scope="module")
def good(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("good") / "good.duckdb"
    assert write_release(path, content, SPEC.num_units) == []
    return path


@pytest.fixture(scope="module")
def good_reviews(tmp_path_factory):
    folder = tmp_path_factory.mktemp("reviews")
    path = folder / "good.duckdb"
    assert write_release(path, _content(folder, REVIEWS), REVIEWS.num_units) == []
    return path


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


def test_folders_called_like_columns_are_only_folders(tmp_path):
    folder = tmp_path / "layer=9" / "state=x[1]"
    content = _content(folder, REVIEWS)
    assert write_release(folder / "release.duckdb", content, REVIEWS.num_units) == []


def _replace_column(path, name: str, values) -> None:
    table = pq.read_table(path)
    index = table.schema.get_field_index(name)
    pq.write_table(table.set_column(index, name, values), path)


def test_all_faults_of_the_input_are_named_at_once(tmp_path):
    content = _content(tmp_path, SPEC)
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


CASES = [
    ("INSERT INTO model FROM model", "model: 1 rows repeat the key (name)"),
    ("DELETE FROM evaluation", "evaluation has 0 rows, expected 2"),
    (
        "INSERT INTO unit_cluster FROM unit_cluster WHERE unit = 3 AND layer = 0",
        "unit_cluster: 8 rows repeat the key (layer, state, affinity, num_clusters, unit)",
    ),
    (
        "DELETE FROM vocabulary WHERE word_id = 17",
        "vocabulary has 39 words with ids from 0 to 39, expected 40 from 0",
    ),
    (
        "DELETE FROM vocabulary WHERE word_id = 17",
        "word_cluster: word 17 is not in the vocabulary",
    ),
    ("DELETE FROM vocabulary WHERE word_id = 17", "token: word 17 is not in the vocabulary"),
    (
        "UPDATE vocabulary SET word = 'good' WHERE word_id = 9",
        "vocabulary: the word good has 2 ids",
    ),
    (
        "UPDATE vocabulary SET recorded_count = recorded_count + 1 WHERE word_id = 4",
        "vocabulary: recorded_count adds up to 301, expected 300 tokens",
    ),
    (
        "UPDATE expected_response SET count = count + 1 "
        "WHERE word_id = 4 AND layer = 1 AND state = 'cell'",
        "expected_response, layer 1 cell: counts add up to 301, expected 300 tokens",
    ),
    (
        "UPDATE expected_response SET count = 99 WHERE word_id = 4 AND layer = 1",
        "expected_response, layer 1 hidden: word 4 occurs 99 times, expected ",
    ),
    (
        "DELETE FROM expected_response WHERE state = 'cell' AND layer = 0",
        "expected_response, layer 0 cell: counts add up to 0, expected 300 tokens",
    ),
    (
        "UPDATE expected_response SET q75 = list_resize(['nan'::FLOAT], 8, 0)::FLOAT[8] "
        "WHERE word_id = 4 AND layer = 1 AND state = 'cell'",
        "expected_response, layer 1 cell: q75 of word 4 is not finite",
    ),
    (
        "DELETE FROM unit_summary WHERE layer = 1 AND state = 'cell' AND unit = 0",
        "unit_summary, layer 1 cell: 7 units, expected 8",
    ),
    ("DELETE FROM clustering WHERE layer = 1", "clustering has no row for layer 1 cell"),
    (
        "DELETE FROM clustering WHERE layer = 1",
        "unit_cluster, layer 1 cell, positive, k = 2: not in clustering",
    ),
    (
        "DELETE FROM unit_cluster WHERE unit = 7 AND layer = 0 AND state = 'cell' "
        "AND affinity = 'positive' AND num_clusters = 3",
        "unit_cluster, layer 0 cell, positive, k = 3: 7 units in clusters 0 to 2, "
        "expected 8 in 0 to 2",
    ),
    (
        "UPDATE unit_cluster SET cluster = 3 WHERE unit = 7 AND layer = 0 AND state = 'cell' "
        "AND affinity = 'positive' AND num_clusters = 3",
        "unit_cluster, layer 0 cell, positive, k = 3: 8 units in clusters 0 to 3, "
        "expected 8 in 0 to 2",
    ),
    (
        "DELETE FROM word_cluster WHERE word_id = 7 AND layer = 0 AND state = 'cell' "
        "AND affinity = 'positive' AND num_clusters = 3",
        "word_cluster, layer 0 cell, positive, k = 3: 19 words in clusters 0 to 2, "
        "expected 20 in 0 to 2",
    ),
    (
        "DELETE FROM cluster_link WHERE word_cluster = 1 AND unit_cluster = 0 AND layer = 0 "
        "AND state = 'cell' AND affinity = 'positive' AND num_clusters = 3",
        "cluster_link, layer 0 cell, positive, k = 3: 8 links, expected 9",
    ),
    (
        "UPDATE token SET token = 5 WHERE token = 6",
        "token has 299 different tokens from 0 to 299, expected 300 from 0",
    ),
    (
        "DELETE FROM token WHERE sentence_id = 3 AND position > 9",
        "sentence 3: 10 tokens, expected 12",
    ),
    ("DELETE FROM sentence WHERE sentence_id = 3", "sentence 3: 12 tokens, expected 0"),
    (
        "DELETE FROM glyph WHERE layer = 0 AND state = 'cell' AND position = 0",
        "glyph, layer 0 cell: 275 rows, expected 300",
    ),
    (
        "UPDATE glyph SET negative_change = [1, 2] WHERE sentence_id = 4 AND position = 2 "
        "AND layer = 0 AND state = 'cell'",
        "glyph, sentence 4 position 2: lists of other lengths than 3",
    ),
    (
        "UPDATE glyph SET position = 77 WHERE sentence_id = 4 AND position = 2 AND layer = 0",
        "glyph, sentence 4 position 77: no such token",
    ),
    (
        "INSERT INTO contribution VALUES (0, 0, 'good', 1)",
        "contribution has 1 rows, expected 0",
    ),
]  # fmt: skip


def _verify_after(change: str, path, tables) -> list[str]:
    counts = {}
    with duckdb.connect(str(path)) as connection:
        for name in TABLES:
            counts[name] = connection.execute(f'SELECT count(*) FROM "{name}"').fetchall()[0][0]
        connection.execute(change)
    with closing(Database(path)) as database:
        return verify(database, counts)


@pytest.mark.parametrize(("change", "fault"), CASES, ids=[fault for _, fault in CASES])
def test_verification_names_what_does_not_hold(good, tmp_path, change, fault):
    copied = tmp_path / "copied.duckdb"
    copied.write_bytes(good.read_bytes())
    faults = _verify_after(change, copied, TABLES)
    assert any(found.startswith(fault) for found in faults), faults


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ("DELETE FROM contribution", "contribution has 0 rows of class , expected 300"),
        (
            "DELETE FROM contribution WHERE class = 'good' AND position = 3",
            "contribution has 275 rows of class good, expected 300",
        ),
    ],
)
def test_verification_of_contributions(good_reviews, tmp_path, change, fault):
    copied = tmp_path / "copied.duckdb"
    copied.write_bytes(good_reviews.read_bytes())
    assert fault in _verify_after(change, copied, TABLES)


def test_many_faults_of_one_kind_are_counted(good, tmp_path):
    copied = tmp_path / "copied.duckdb"
    copied.write_bytes(good.read_bytes())
    faults = _verify_after("DELETE FROM sentence", copied, TABLES)
    assert "sentence … and 22 more of this kind" in faults


@pytest.mark.parametrize("kibibytes", [100, 800])
def test_a_disk_that_takes_no_more_leaves_nothing_behind(tmp_path, content, kibibytes):
    storage = Storage(tmp_path)
    tables = {name: rows for name, rows in content.items() if name != "model"}
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (kibibytes * 1024, hard))
    try:
        with pytest.raises(StorageError, match="no larger file; nothing was half-written"):
            publish_release(storage, card(SPEC), tables, keep=3)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(storage.releases("small").iterdir()) == []
