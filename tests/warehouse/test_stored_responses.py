"""Responses read row by row from a table on disk, against the arrays that were written."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.warehouse.synthetic_network import keyed, stacked
from warehouse import stored_responses
from warehouse.errors import AnalysisError, StorageError
from warehouse.parquet_tables import open_table_writer, row_blocks
from warehouse.schema import EXPECTED_RESPONSE, QUANTILES
from warehouse.stored_responses import in_blocks, open_responses

UNITS, WORDS = (3, 5), 7
COUNTS = np.array([4, 1, 9, 2, 2, 7, 1])
WORD_IDS = 2 * np.arange(WORDS)


def means(layer: int) -> np.ndarray:
    return np.random.default_rng(layer).normal(size=(WORDS, UNITS[layer])).astype(np.float32)


def write(path: Path, cuts: list[int]) -> None:
    """Two layers of different sizes, in row groups that end at ``cuts``."""
    rows = stacked([
        keyed({"layer": layer, "state": "hidden"}, {
            "word_id": WORD_IDS, "count": COUNTS, "mean": list(means(layer)),
            **{name: list(means(layer) + place) for place, name in enumerate(QUANTILES)},
        })
        for layer in (0, 1)
    ])  # fmt: skip
    with open_table_writer(path, EXPECTED_RESPONSE) as writer:
        for first, last in zip([0, *cuts], [*cuts, 2 * WORDS], strict=True):
            writer.write({name: values[first:last] for name, values in rows.items()})


@pytest.mark.slow
@settings(deadline=None, max_examples=20)
@given(
    cuts=st.sets(st.integers(1, 2 * WORDS - 1)),
    places=st.lists(st.integers(0, WORDS - 1)),
    layer=st.sampled_from([0, 1]),
)
def test_rows_are_those_of_the_array_however_the_table_is_cut(
    tmp_path_factory, cuts, places, layer
):
    path = tmp_path_factory.mktemp("m") / "expected_response.parquet"
    write(path, sorted(cuts))
    found, wanted = open_responses(path, layer, "hidden"), np.array(places, int)
    np.testing.assert_array_equal(found.mean[wanted], means(layer)[wanted])
    np.testing.assert_array_equal(found.of(WORD_IDS[wanted], "q25"), means(layer)[wanted] + 1)
    assert found.mean.shape == (len(found.mean), found.mean.units) == (WORDS, UNITS[layer])


@pytest.mark.parametrize("rows", [1, 3, 100])
def test_blocks_of_any_size_are_the_table(tmp_path, rows):
    write(tmp_path / "t.parquet", [5])
    blocks = list(row_blocks(tmp_path / "t.parquet", ["word_id"], rows=rows))
    assert max(len(block) for _, block in blocks) <= rows
    numbers = [start + place for start, block in blocks for place in range(len(block))]
    assert numbers == list(range(2 * WORDS))
    found = [word for _, block in blocks for word in block["word_id"].to_pylist()]
    assert found == [*WORD_IDS, *WORD_IDS]


@pytest.mark.parametrize("rows", [1, 3, WORDS])
def test_responses_are_read_some_words_at_a_time(tmp_path, monkeypatch, rows):
    write(tmp_path / "t.parquet", [5])
    monkeypatch.setattr(stored_responses, "BLOCK_ROWS", rows)
    chosen = WORD_IDS[[3, 1, 6, 0]]
    found = list(in_blocks(open_responses(tmp_path / "t.parquet", 0, "hidden").rows_of(chosen)))
    assert max(len(block) for _, block in found) == min(rows, 4)
    assert np.concatenate([places for places, _ in found]).tolist() == [0, 1, 2, 3]
    np.testing.assert_array_equal(np.vstack([block for _, block in found]), means(0)[[3, 1, 6, 0]])


def test_rare_words_are_left_out(tmp_path):
    write(tmp_path / "t.parquet", [5])
    found = open_responses(tmp_path / "t.parquet", 1, "hidden", minimum_count=4)
    assert (found.word_ids.tolist(), found.counts.tolist()) == ([0, 4, 10], [4, 9, 7])
    np.testing.assert_array_equal(found.mean[np.arange(3)], means(1)[[0, 2, 5]])
    none = open_responses(tmp_path / "t.parquet", 1, "hidden", minimum_count=10)
    assert none.mean[np.arange(0)].shape == (0, UNITS[1])


def test_what_is_not_there_is_named(tmp_path):
    write(tmp_path / "t.parquet", [])
    with pytest.raises(AnalysisError, match="no responses of layer 2, state 'cell'"):
        open_responses(tmp_path / "t.parquet", 2, "cell")
    found = open_responses(tmp_path / "t.parquet", 0, "hidden")
    (tmp_path / "t.parquet").unlink()
    with pytest.raises(StorageError, match="is missing"):
        found.mean[np.arange(2)]


def test_a_word_without_a_response_is_named(tmp_path):
    write(tmp_path / "t.parquet", [])
    found = open_responses(tmp_path / "t.parquet", 0, "hidden")
    with pytest.raises(AnalysisError, match="no response to word 3"):
        found.of(np.array([2, 3, 4]))
