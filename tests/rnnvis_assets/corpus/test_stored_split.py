from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnvis_assets.corpus.stored_split import StoredTokens, TokenGroups, token_blocks

VALUES = np.random.default_rng(0).integers(0, 100, 1000).astype(np.int32)


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> StoredTokens:
    """1,000 tokens in row groups of 70."""
    path = tmp_path_factory.mktemp("stored") / "tokens.parquet"
    pq.write_table(pa.table({"word_id": VALUES}), path, row_group_size=70)
    groups = TokenGroups(path, "word_id", lambda column: column.to_numpy())
    return StoredTokens(groups, range(len(VALUES)), VALUES.dtype)


_PLACES = st.none() | st.integers(-1100, 1100)


@pytest.mark.slow
@given(start=_PLACES, stop=_PLACES, further=_PLACES)
def test_a_slice_is_that_of_the_array(
    stored: StoredTokens, start: int | None, stop: int | None, further: int | None
) -> None:
    some, expected = stored[start:stop], VALUES[start:stop]
    assert len(some) == len(expected)
    np.testing.assert_array_equal(np.asarray(some), expected)
    np.testing.assert_array_equal(np.asarray(some[further:]), expected[further:])


@given(first=st.integers(0, 500), places=st.lists(st.integers(0, 499)))
def test_chosen_tokens_are_those_of_the_array(
    stored: StoredTokens, first: int, places: list[int]
) -> None:
    chosen = np.array(places, np.int64)
    np.testing.assert_array_equal(stored[first:][chosen], VALUES[first:][chosen])


@pytest.mark.parametrize("place", [-1001, 1000])
def test_a_token_that_is_not_there_is_refused(stored: StoredTokens, place: int) -> None:
    with pytest.raises(IndexError):
        stored[np.array([place])]


def test_a_stretch_is_without_gaps(stored: StoredTokens) -> None:
    with pytest.raises(IndexError, match="steps of 2 tokens"):
        stored[::2]


def test_an_array_of_another_type(stored: StoredTokens) -> None:
    assert np.asarray(stored).dtype == np.int32
    found = np.asarray(stored, np.int64)
    assert found.dtype == np.int64
    np.testing.assert_array_equal(found, VALUES)


def test_few_row_groups_are_kept(tmp_path: Path) -> None:
    read: list[Any] = []

    def convert(column: pa.ChunkedArray) -> np.ndarray[Any, Any]:
        read.append(len(column))
        return column.to_numpy()

    path = tmp_path / "tokens.parquet"
    pq.write_table(pa.table({"word_id": VALUES}), path, row_group_size=70)
    stored = StoredTokens(TokenGroups(path, "word_id", convert), range(1000), VALUES.dtype)
    for start in range(0, 1000, 10):
        np.asarray(stored[start : start + 10])
    assert read == [70] * 14 + [20]
    np.asarray(stored[:70])
    assert len(read) == 16  # the first has made room for later ones


def test_blocks_are_the_whole_column(stored: StoredTokens) -> None:
    np.testing.assert_array_equal(np.concatenate(list(token_blocks(stored))), VALUES)
    assert [len(block) for block in token_blocks(np.zeros(2**16 + 1))] == [2**16, 1]
