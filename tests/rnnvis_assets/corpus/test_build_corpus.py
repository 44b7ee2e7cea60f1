from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnvis_assets.configuration.dataset_config import SPLITS, DatasetConfig
from rnnvis_assets.corpus.build_corpus import build_corpus, number_documents
from rnnvis_assets.corpus.corpus import UNIVERSAL_TAGS, Corpus
from rnnvis_assets.corpus.source_documents import SourceDocument
from rnnvis_assets.corpus.tokenization import tokenize
from tests.rnnvis_assets.corpus.small_corpora import WHITESPACE, review_dataset, text_dataset
from warehouse.errors import CorpusError


def build(documents: Sequence[SourceDocument], config: DatasetConfig | None = None) -> Corpus:
    config = config or text_dataset()
    return build_corpus("made-up", config, number_documents(documents, config.tokenizer), None)


def given_splits(*train: str) -> list[SourceDocument]:
    return [
        SourceDocument(train, split="train"),
        SourceDocument(("a b",), split="validation"),
        SourceDocument(("b new", "a"), split="test"),
    ]


def test_numbers_sentences_and_texts_of_a_language_model() -> None:
    corpus = build(given_splits("b a", "b b a c"), text_dataset(vocabulary={"minimum_count": 2}))
    assert corpus.vocabulary.words == ("b", "<eos>", "a", "<unk>")
    assert corpus.vocabulary.train_counts.tolist() == [3, 2, 2, 1]
    train, test = corpus.splits["train"], corpus.splits["test"]
    assert train.word_ids.tolist() == [0, 2, 1, 0, 0, 2, 3, 1]
    assert train.sentence_offsets.tolist() == [0, 3, 8]
    assert train.texts == ("b a <eos>", "b b a c <eos>")
    assert train.documents.tolist() == [0, 0]
    assert train.labels is None
    assert train.tags is None
    assert test.texts == ("b new <eos>", "a <eos>")
    assert test.word_ids.tolist() == [0, 3, 1, 2, 1]


def test_words_of_other_splits_are_unknown_however_frequent() -> None:
    documents = [*given_splits("a b a b"), SourceDocument(("new " * 50,), split="test")]
    assert "new" not in build(documents).vocabulary.words


def test_labels_are_indices_into_the_classes() -> None:
    documents = [SourceDocument((f"a b {i}",), "yes" if i % 3 else "no") for i in range(60)]
    truth = {f"a b {i} <eos>": "yes" if i % 3 else "no" for i in range(60)}
    corpus = build(documents, review_dataset(classes=("yes", "no")))
    assert corpus.classes == ("yes", "no")
    for split in corpus.splits.values():
        assert split.labels is not None
        assert [corpus.classes[label] for label in split.labels] == [truth[t] for t in split.texts]
        assert split.documents.tolist() == list(range(split.num_sentences))
    assert build(documents, review_dataset()).classes == ("no", "yes")


LINES = st.lists(st.sampled_from(["a", "b", "c d", "e f g", "?"]), max_size=4).map(tuple)


@pytest.mark.slow
@settings(max_examples=30)
@given(st.lists(LINES, min_size=30, max_size=60))
def test_no_token_is_lost_and_no_document_leaks(lines: list[tuple[str, ...]]) -> None:
    # So many different ones that no split is empty: equal ones stay in one split.
    documents = [SourceDocument((f"start{i % 29}", *rest)) for i, rest in enumerate(lines)]
    corpus = build(documents)
    expected = sorted(
        tuple(tokenize(line, WHITESPACE)) for document in documents for line in document.sentences
    )
    found, homes = [], {}
    for name in SPLITS:
        split = corpus.splits[name]
        found += [tuple(text.split()) for text in split.texts]
        assert (
            list(map(len, found[-split.num_sentences :]))
            == np.diff(split.sentence_offsets).tolist()
        )
        for document in range(split.documents[-1] + 1):
            key = tuple(np.array(split.texts)[split.documents == document])
            assert homes.setdefault(key, name) == name
    assert sorted(found) == expected
    train = corpus.splits["train"]
    assert corpus.vocabulary.decode(train.word_ids) == " ".join(train.texts).split()


def test_empty_documents_are_counted_and_left_out() -> None:
    numbered = number_documents(
        [SourceDocument(("",)), SourceDocument((" ", "a")), SourceDocument(())], WHITESPACE
    )
    assert numbered.num_empty == 2
    assert [document.texts for document in numbered.documents] == [("a <eos>",)]


def test_a_document_of_100_000_tokens_is_one_document() -> None:
    documents = [SourceDocument(("a b " * 50_000,), split="train"), *given_splits("a b")[1:]]
    train = build(documents).splits["train"]
    assert train.num_tokens == 100_001
    assert train.num_sentences == 1


@pytest.mark.parametrize(
    ("documents", "settings", "message"),
    [
        ([], {}, "no tokens for the train and validation and test split, of 0 documents"),
        (
            [SourceDocument(("a b c",))],
            {},
            "no tokens for the validation and test split, of 1 documents",
        ),
        (given_splits("a b")[:2], {}, "no tokens for the test split"),
        (given_splits("a a a"), {}, "1 ordinary words"),
    ],
)
def test_bad_texts_are_refused(
    documents: list[SourceDocument], settings: dict[str, object], message: str
) -> None:
    with pytest.raises(CorpusError, match=f"dataset made-up: .*{message}"):
        build(documents, text_dataset(**settings))


def labelled(*labels: str) -> list[SourceDocument]:
    return [SourceDocument((f"a b {i}",), label) for i, label in enumerate(labels)]


@pytest.mark.parametrize(
    ("documents", "classes", "message"),
    [
        (labelled(*["no", "yes", "maybe"] * 9), ("no", "yes"), r"'maybe' \(document 26, from 0\)"),
        (labelled(*["no"] * 30), None, r"found 1 class \(no\), expected at least 2"),
        (labelled(*["no"] * 30), ("no", "yes"), "no training document of class yes"),
    ],
)
def test_bad_labels_are_refused(
    documents: list[SourceDocument], classes: tuple[str, ...] | None, message: str
) -> None:
    with pytest.raises(CorpusError, match=message):
        build(documents, review_dataset(classes=classes))


class FirstLetterTagger:
    """Tags a word by its first letter, so that tests can tell which word was tagged."""

    def tag(self, tokens: Sequence[str]) -> np.ndarray:
        letters = {"a": "ADJ", "n": "NOUN", "v": "VERB", "<": "."}
        return np.array([UNIVERSAL_TAGS.index(letters[token[0]]) for token in tokens], np.int8)


def test_tags_are_of_the_words_before_they_became_unknown() -> None:
    config = text_dataset(vocabulary={"size": 4})
    documents = [
        SourceDocument(("a1 v1 a1 v1 n1 n2 v2",), split="train"),
        SourceDocument(("n3",), split="validation"),
        SourceDocument(("v9",), split="test"),
    ]
    numbered = number_documents(documents, config.tokenizer)
    corpus = build_corpus("made-up", config, numbered, FirstLetterTagger())  # type: ignore[arg-type]
    assert corpus.vocabulary.words == ("<unk>", "a1", "v1", "<eos>")
    assert corpus.vocabulary.tags == ("NOUN", "ADJ", "VERB", ".")
    np.testing.assert_allclose(corpus.vocabulary.tag_shares, [2 / 3, 1, 1, 1], rtol=1e-6)
    tags = corpus.splits["test"].tags
    assert tags is not None
    assert [UNIVERSAL_TAGS[tag] for tag in tags] == ["VERB", "."]
