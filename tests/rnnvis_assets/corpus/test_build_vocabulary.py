from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnvis_assets.configuration.dataset_config import VocabularyLimits
from rnnvis_assets.corpus.build_corpus import build_vocabulary
from rnnvis_assets.corpus.corpus import Vocabulary
from warehouse.errors import CorpusError


def build(counts: dict[str, int], **limits: int) -> Vocabulary:
    return build_vocabulary(
        tuple(counts), np.array(list(counts.values())), VocabularyLimits.model_validate(limits)
    )


COUNTS = {"b": 5, "a": 5, "c": 9, "<eos>": 4, "d": 1, "unseen": 0}


def test_words_are_ordered_by_count_then_alphabet() -> None:
    vocabulary = build(COUNTS)
    assert vocabulary.words == ("c", "a", "b", "<eos>", "d", "<unk>")
    assert vocabulary.train_counts.tolist() == [9, 5, 5, 4, 1, 0]


def test_size_counts_special_words_and_unknown_ones_are_counted() -> None:
    vocabulary = build(COUNTS, size=4)
    assert vocabulary.words == ("c", "<unk>", "a", "<eos>")
    assert vocabulary.train_counts.tolist() == [9, 6, 5, 4]


def test_minimum_count_spares_special_words() -> None:
    assert build(COUNTS, minimum_count=5).words == ("c", "a", "b", "<eos>", "<unk>")


def test_an_unknown_word_of_the_text_itself_is_counted() -> None:
    vocabulary = build({"<unk>": 7, "a": 9, "b": 2, "c": 1}, minimum_count=2)
    assert vocabulary.words == ("a", "<unk>", "b")
    assert vocabulary.train_counts.tolist() == [9, 8, 2]


@pytest.mark.parametrize("counts", [{"a": 9, "<eos>": 3}, {"<unk>": 5}, {"a": 9, "b": 1}])
def test_a_vocabulary_of_one_word_is_refused(counts: dict[str, int]) -> None:
    with pytest.raises(CorpusError, match="ordinary words"):
        build(counts, minimum_count=2)


@given(st.lists(st.sampled_from("abcdefgh"), min_size=1), st.integers(2, 10))
def test_every_training_token_is_counted_once(tokens: list[str], size: int) -> None:
    counts = Counter(tokens) + Counter("xxyy")
    vocabulary = build(dict(counts), size=max(size, 3))
    assert vocabulary.train_counts.sum() == counts.total()
    assert len(vocabulary) <= max(size, 3)
    encoded = np.bincount(vocabulary.encode(counts.elements()), minlength=len(vocabulary))
    np.testing.assert_array_equal(encoded, vocabulary.train_counts)


def test_ids_and_words_lead_to_each_other() -> None:
    vocabulary = build(COUNTS)
    assert vocabulary.decode(vocabulary.encode(["a", "never seen", "<eos>"])) == [
        "a",
        "<unk>",
        "<eos>",
    ]
    assert vocabulary.encode([]).dtype == np.int32
