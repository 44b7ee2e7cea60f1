from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from rnnvis_assets.configuration.dataset_config import SPLITS, SplitShares
from rnnvis_assets.corpus.build_corpus import deal_documents, oversample
from rnnvis_assets.corpus.corpus import Split

DOCUMENTS = st.lists(st.tuples(st.integers(0, 20), st.sampled_from(["good", "bad"])), min_size=1)


def test_shares_hold_within_every_class() -> None:
    labels = ["good"] * 200 + ["bad"] * 50
    dealt = deal_documents(range(250), labels, SplitShares())
    assert Counter(zip(labels, dealt, strict=True)) == {
        ("good", "train"): 160, ("good", "validation"): 20, ("good", "test"): 20,
        ("bad", "train"): 40, ("bad", "validation"): 5, ("bad", "test"): 5,
    }  # fmt: skip


@given(DOCUMENTS, st.integers(0, 5))
def test_equal_documents_share_a_split(documents: list[tuple[int, str]], seed: int) -> None:
    keys, labels = zip(*documents, strict=True)
    dealt = deal_documents(keys, labels, SplitShares(seed=seed))
    assert len(dealt) == len(keys)
    assert set(dealt) <= set(SPLITS)
    assert len(set(zip(keys, dealt, strict=True))) == len(set(keys))


def test_the_seed_decides() -> None:
    labels = [None] * 100
    first = deal_documents(range(100), labels, SplitShares(seed=1))
    assert deal_documents(range(100), labels, SplitShares(seed=1)) == first
    assert deal_documents(range(100), labels, SplitShares(seed=2)) != first


def test_shares_must_add_up() -> None:
    with pytest.raises(ValidationError, match=r"add up to 0\.9, expected 1"):
        SplitShares(train=0.7)


@given(st.lists(st.integers(0, 3), min_size=1, max_size=60), st.integers(0, 3))
def test_oversampling_evens_out_the_classes(values: list[int], seed: int) -> None:
    labels = np.array(values, np.int32)
    indices = oversample(labels, seed)
    counts = np.bincount(labels)
    assert set(indices.tolist()) == set(range(len(labels)))
    assert set(Counter(labels[indices].tolist()).values()) == {counts.max()}
    for label in set(values):
        repeats = np.bincount(indices, minlength=len(labels))[labels == label]
        assert repeats.max() - repeats.min() <= 1


def test_oversampling_is_repeatable() -> None:
    labels = np.array([0] * 3 + [1] * 10, np.int32)
    np.testing.assert_array_equal(oversample(labels, 1), oversample(labels, 1))
    assert oversample(labels, 1).tolist() != oversample(labels, 2).tolist()
    np.testing.assert_array_equal(oversample(np.zeros(4, np.int32), 0), np.arange(4))


@given(lengths=st.lists(st.integers(0, 5), min_size=1, max_size=8), limit=st.integers(1, 45))
def test_a_limited_split_is_its_first_whole_sentences(lengths: list[int], limit: int) -> None:
    tokens = sum(lengths)
    split = Split(
        tokens=np.arange(tokens, dtype=np.int32),
        sentence_offsets=np.cumsum([0, *lengths]),
        documents=np.arange(len(lengths), dtype=np.int32),
        labels=np.arange(len(lengths), dtype=np.int32),
        texts=tuple(map(str, range(len(lengths)))),
        tags=np.zeros(tokens, np.int8),
    )
    kept = max(n for n in range(1, len(lengths) + 1) if n == 1 or sum(lengths[:n]) <= limit)
    limited = split.limited_to(limit)
    assert limited.word_ids.tolist() == list(range(sum(lengths[:kept])))
    assert limited.sentence_offsets.tolist() == np.cumsum([0, *lengths[:kept]]).tolist()
    assert limited.documents.tolist() == limited.labels.tolist() == list(range(kept))
    assert limited.texts == split.texts[:kept]
    assert len(limited.tags) == limited.num_tokens
    assert split.limited_to(None) is split


def test_words_are_counted_block_by_block(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rnnvis_assets.corpus.stored_split._TOKENS_OF_A_BLOCK", 3)
    words = np.array([0, 2, 2, 1, 2, 0, 2], np.int32)
    split = Split(words, np.array([0, 7]), np.zeros(1, np.int32), None, ("",))
    assert split.count_words(4).tolist() == [2, 1, 4, 0]
