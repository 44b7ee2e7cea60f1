"""Verifying a release: whatever does not hold is named."""

import shutil
from contextlib import closing
from functools import cache
from pathlib import Path

import duckdb
import pytest

from tests.warehouse.synthetic import Synthetic
from warehouse.database import Database
from warehouse.schema import TABLES
from warehouse.verify_release import verify

SPEC = Synthetic()


CASES = [
    ("DELETE FROM evaluation", "evaluation has 0 rows, expected 2"),
    (
        "INSERT INTO unit_cluster FROM unit_cluster WHERE unit = 3 AND layer = 0",
        "unit_cluster: 8 rows repeat the key (layer, state, affinity, num_clusters, unit, "
        "direction)",
    ),
    (
        "DELETE FROM vocabulary WHERE word_id = 17",
        "vocabulary has 39 words with ids from 0 to 39, expected 40 from 0",
        "word_cluster: word 17 is not in the vocabulary",
        "token: word 17 is not in the vocabulary",
    ),
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
    (
        "UPDATE cluster_ablation SET rank = 22 WHERE cluster = 1",
        "cluster_ablation, layer 0 cell, positive, k = 3: found the cluster 1, the interval 0.2",
    ),
    (
        "UPDATE cluster_ablation SET matched_rank = 0 WHERE cluster = 1",
        "cluster_ablation, layer 0 cell, positive, k = 3: found the cluster 1, the interval 0.2",
    ),
    (
        "UPDATE cluster_ablation SET lower = 9 WHERE cluster = 2",
        "cluster_ablation, layer 0 cell, positive, k = 3: found the cluster 2, the interval 9",
    ),
    (
        "UPDATE cluster_ablation SET cluster = 3 WHERE cluster = 2",
        "cluster_ablation, layer 0 cell, positive, k = 3: found the cluster 3, ",
    ),
    (
        "UPDATE cluster_ablation SET num_clusters = 19",
        "cluster_ablation, layer 0 cell, positive, k = 19: not in clustering",
    ),
    (
        "DELETE FROM unit_ablation WHERE unit = 7 AND layer = 1 AND state = 'cell'",
        "unit_ablation, layer 1 cell: 7 units up to 6, expected 8",
    ),
    (
        "DELETE FROM clustering WHERE layer = 1",
        "clustering has no row for layer 1 cell",
        "unit_cluster, layer 1 cell, positive, k = 2: not in clustering",
    ),
    (
        "DELETE FROM unit_cluster WHERE unit = 7 AND layer = 0 AND state = 'cell' "
        "AND affinity = 'positive' AND num_clusters = 3",
        "unit_cluster, layer 0 cell, positive, k = 3, direction 0: 7 units in clusters 0 to 2, "
        "expected 8 in 0 to 2",
    ),
    (
        "UPDATE unit_cluster SET cluster = 3 WHERE unit = 7 AND layer = 0 AND state = 'cell' "
        "AND affinity = 'positive' AND num_clusters = 3",
        "unit_cluster, layer 0 cell, positive, k = 3, direction 0: 8 units in clusters 0 to 3, "
        "expected 8 in 0 to 2",
    ),
    (
        "UPDATE unit_cluster SET direction = 1 WHERE layer = 0 AND state = 'cell' "
        "AND affinity = 'positive' AND num_clusters = 3",
        "unit_cluster, layer 0 cell, positive, k = 3: directions [1], expected [-1, 1], or [0] "
        "for whole units",
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
        "INSERT INTO contribution VALUES (0, 0, 'good', 1, 1)",
        "contribution has 1 rows, expected 0",
    ),
    (
        "INSERT INTO memory_head VALUES (1, 0, 0, 5, 0.5, 3, 1, 1, 0, false)",
        "memory_head, layer 1: 5 units from 0, expected 8 from 0",
    ),
    ("INSERT INTO word_piece VALUES (99, ['a'])", "word_piece: word 99 is not in the vocabulary"),
]  # fmt: skip


@cache
def _counts(path: Path) -> dict[str, int]:
    """The rows of every table of a release as it was written."""
    with duckdb.connect(str(path), read_only=True) as connection:
        return {
            name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchall()[0][0]
            for name in TABLES
        }


def _verify_after(change: str, path: Path, tmp_path: Path) -> list[str]:
    """What is found in a copy of the release after the change."""
    copied = Path(shutil.copy(path, tmp_path / "copied.duckdb"))
    with duckdb.connect(str(copied)) as connection:
        connection.execute(change)
    with closing(Database(copied)) as database:
        return verify(database, _counts(path))


def _batches() -> list[list[tuple[str, ...]]]:
    """The cases, dealt so that no batch changes a table twice: one verification serves many."""
    batches: list[dict[str, tuple[str, ...]]] = []
    for case in CASES:
        table = case[0].split()[1 if case[0].startswith("UPDATE") else 2]
        free = next((batch for batch in batches if table not in batch), None)
        if free is None:
            batches.append(free := {})
        free[table] = case
    return [list(batch.values()) for batch in batches]


@pytest.mark.slow
@pytest.mark.parametrize("batch", _batches())
def test_verification_names_what_does_not_hold(good, tmp_path, batch):
    faults = _verify_after("; ".join(change for change, *_ in batch), good, tmp_path)
    for fault in (fault for _, *expected in batch for fault in expected):
        assert any(found.startswith(fault) for found in faults), (fault, faults)


@pytest.mark.slow
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
    assert fault in _verify_after(change, good_reviews, tmp_path)


@pytest.mark.slow
def test_many_faults_of_one_kind_are_counted(good, tmp_path):
    faults = _verify_after("DELETE FROM sentence", good, tmp_path)
    assert "sentence … and 22 more of this kind" in faults


@pytest.mark.slow
def test_a_repeated_row_is_named(good, tmp_path):
    faults = _verify_after("INSERT INTO model FROM model", good, tmp_path)
    assert "model: 1 rows repeat the key (name)" in faults


@pytest.mark.slow
@pytest.mark.parametrize(("sink", "faults"), [("true", 0), ("false", 1)])
def test_only_units_of_sinks_may_be_in_no_chip(good, tmp_path, sink, faults):
    found = _verify_after(
        "INSERT INTO memory_head VALUES (0, 0, 0, 7, 0.5, 3, 1, 1, 0, false), "
        f"(0, 1, 7, 1, 0.5, 3, 1, 1, 0.9, {sink}); DELETE FROM unit_cluster WHERE unit = 7 "
        "AND layer = 0 AND state = 'cell' AND affinity = 'positive' AND num_clusters = 3",
        good,
        tmp_path,
    )
    assert sum(fault.startswith("unit_cluster, layer 0") for fault in found) == faults
