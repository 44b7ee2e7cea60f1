import re
from collections import Counter

import pytest

from rnnvis_assets.configuration.dataset_config import ToyReviewSource
from rnnvis_assets.corpus.build_corpus import deal_documents
from rnnvis_assets.corpus.source_documents import SourceDocument
from rnnvis_assets.corpus.toy_review_source import NEGATIVE_WORDS, POSITIVE_WORDS, read_toy_reviews
from tests.rnnvis_assets.corpus.small_corpora import review_dataset

FEWEST_TOKENS, MOST_TOKENS = 5, 25
FEWEST_TEST_OCCURRENCES = 5


def reviews(num_documents: int = 2000, seed: int = 0, share: float = 0.5) -> list[SourceDocument]:
    source = ToyReviewSource(kind="toy_reviews", num_documents=num_documents, positive_share=share)
    return list(read_toy_reviews(source, seed).documents)


def words_of(text: str) -> list[str]:
    return re.findall(r"\w+|[.,]", text.lower())


def judge(text: str) -> str:
    """The review's class by rules of our own: find the deciding clause, count, turn round."""
    opinion = next(s for s in text.lower().split(".") if set(words_of(s)) & POLAR)
    if "though " in opinion:
        before, after = opinion.split("though ")
        opinion = before if before.strip() else after.split(",")[1]
    words = words_of(opinion.split(", but ")[-1])
    signs = {
        (1 if word in POSITIVE_WORDS else -1) * (-1 if words[i - 1] == "not" else 1)
        for i, word in enumerate(words)
        if word in POLAR
    }
    (sign,) = signs
    return "positive" if sign > 0 else "negative"


POLAR = {*POSITIVE_WORDS, *NEGATIVE_WORDS}


def test_planted_words_are_as_many_on_both_sides_and_distinct() -> None:
    assert len(POSITIVE_WORDS) == len(NEGATIVE_WORDS)
    assert len(POLAR) == 2 * len(POSITIVE_WORDS)


def test_the_label_follows_from_the_deciding_clause() -> None:
    for review in reviews():
        assert judge(review.sentences[0]) == review.label, review.sentences[0]


def test_reviews_have_the_length_of_a_sentence() -> None:
    lengths = [len(words_of(review.sentences[0])) for review in reviews()]
    assert min(lengths) >= FEWEST_TOKENS
    assert max(lengths) <= MOST_TOKENS


@pytest.mark.slow
def test_negation_contrast_and_degrees_occur_in_both_classes() -> None:
    for word in ("not", "but", "though", "very", "and"):
        labels = {review.label for review in reviews() if word in words_of(review.sentences[0])}
        assert labels == {"negative", "positive"}, word


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_the_class_balance_is_what_was_asked_for(share: float) -> None:
    counts = Counter(review.label for review in reviews(100, share=share))
    assert counts["positive"] == round(100 * share)


def test_the_seed_decides() -> None:
    assert reviews(50, seed=1) == reviews(50, seed=1)
    assert reviews(50, seed=1) != reviews(50, seed=2)


def test_every_polar_word_is_frequent_enough_in_the_test_split_to_be_clustered() -> None:
    documents = reviews(6000)
    shares = review_dataset().split
    dealt = deal_documents(
        [document.sentences for document in documents], [d.label for d in documents], shares
    )
    counts = Counter(
        word
        for document, split in zip(documents, dealt, strict=True)
        if split == "test"
        for word in words_of(document.sentences[0])
    )
    assert min(counts[word] for word in POLAR) >= FEWEST_TEST_OCCURRENCES
