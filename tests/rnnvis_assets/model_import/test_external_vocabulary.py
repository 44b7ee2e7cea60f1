"""A corpus in the words of an imported model."""

import json

import numpy as np
import pytest

from rnnvis_assets.configuration.analysis_config import RecordingSettings
from rnnvis_assets.configuration.dataset_config import Tokenizer
from rnnvis_assets.configuration.external_model_config import OwnVocabulary
from rnnvis_assets.corpus.corpus import Corpus, Split, Vocabulary
from rnnvis_assets.model_import.external_vocabulary import describe_unknown, in_words_of, read_words
from warehouse.errors import ImportedModelError

UNKNOWN = "of the tokens of test are not in its vocabulary, most often"
OWN = ("cat", "</s>", "UNK", "the", "dog")


def make_corpus(texts: tuple[str, ...], kind: str) -> tuple[Corpus, Tokenizer]:
    """A corpus whose own vocabulary knows nothing but ``<unk>``."""
    tokenizer = Tokenizer(kind=kind, end_of_sentence=kind != "character")
    lengths = [len(text) if kind == "character" else len(text.split()) for text in texts]
    split = Split(
        tokens=np.zeros(sum(lengths), np.int32),
        sentence_offsets=np.concatenate([[0], np.cumsum(lengths)]),
        documents=np.arange(len(texts), dtype=np.int32),
        labels=None,
        texts=texts,
        tags=np.arange(sum(lengths)).astype(np.int8) % 3,
    )
    vocabulary = Vocabulary(("<unk>", "<eos>"), np.ones(2, np.int64), (None,) * 2, np.zeros(2))
    splits = dict.fromkeys(("train", "validation", "test"), split)
    return Corpus("d", "language_model", (), vocabulary, splits), tokenizer


def test_texts_are_numbered_again_from_their_words_before_rare_ones_were_replaced():
    corpus, tokenizer = make_corpus(("the cat <eos>", "the emu <eos>"), "whitespace")
    words = read_words(OwnVocabulary(words=OWN, unknown="UNK", end_of_sentence="</s>"))
    assert words == ("cat", "<eos>", "<unk>", "the", "dog")
    found = in_words_of(corpus, words, "m", tokenizer)
    assert found.name == "m"
    assert found.splits["test"].word_ids.tolist() == [3, 0, 1, 3, 2, 1]
    assert found.vocabulary.train_counts.tolist() == [1, 2, 1, 2, 0]
    assert found.vocabulary.tags == ("ADP", "ADV", "ADP", "ADJ", None)


def test_characters_are_words_too():
    corpus, tokenizer = make_corpus(("a b", "ba"), "character")
    found = in_words_of(corpus, ("b", " ", "a"), "m", tokenizer)
    assert found.splits["test"].word_ids.tolist() == [2, 1, 0, 0, 2]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("words.txt", "cat\n</s>\nUNK\nthe\ndog\n"),
        ("words.txt", "cat\r\n</s>\r\nUNK\r\nthe\r\ndog"),
        ("words.txt", "\ufeffcat\n</s>\nUNK\nthe\ndog\n"),
        ("words.txt", "3\tthe\n0\tcat\n1\t</s>\n2\tUNK\n4\tdog\n"),
        ("words.txt", "the\t3\ncat\t0\n</s>\t1\nUNK\t2\ndog\t4\n"),
        ("words.json", "\ufeff" + json.dumps(OWN)),
        ("words.json", json.dumps(OWN)),
        ("words.json", json.dumps({word: n for n, word in reversed(list(enumerate(OWN)))})),
        ("words.json", json.dumps({str(n): word for n, word in reversed(list(enumerate(OWN)))})),
        ("words.txt", "cat\n</s>\nUNK\nthe\ndog\n\n\n"),
    ],
)
def test_a_vocabulary_is_a_text_or_json_file(tmp_path, name, text):
    (tmp_path / name).write_bytes(text.encode())
    assert read_words(OwnVocabulary(file=str(tmp_path / name))) == OWN


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("words.txt", "1\tcat\n2\tdog\n"),
        ("words.json", json.dumps({"dog": 2, "cat": 1})),
    ],
)
def test_ids_from_1_leave_the_first_to_padding(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    assert read_words(OwnVocabulary(file=str(tmp_path / name))) == ("<pad>", "cat", "dog")


@pytest.mark.parametrize(
    ("text", "found"),
    [("0\tcat\n2\tdog\n", "0 and then 2"), ("5\tcat\n6\tdog\n", "from 5"),
     ("0\tcat\n0\tdog\n", "0 and then 0")],
)  # fmt: skip
def test_ids_with_gaps_are_refused(tmp_path, text, found):
    (tmp_path / "words.txt").write_text(text)
    with pytest.raises(ImportedModelError, match=f"each once, from 0 or 1: the ids are {found}"):
        read_words(OwnVocabulary(file=str(tmp_path / "words.txt")))


def test_a_vocabulary_is_read_from_plain_files_only(tmp_path):
    (tmp_path / "words.txt").symlink_to("/dev/null")
    with pytest.raises(ImportedModelError, match="a pipe or a device, expected a regular file"):
        read_words(OwnVocabulary(file=str(tmp_path / "words.txt")))


def test_a_vocabulary_nested_without_bounds_is_refused(tmp_path):
    (tmp_path / "words.json").write_text("[" * 100_000)
    with pytest.raises(ImportedModelError, match="cannot be read as a vocabulary"):
        read_words(OwnVocabulary(file=str(tmp_path / "words.json")))


def test_a_word_that_no_other_can_stand_for_is_refused():
    corpus, tokenizer = make_corpus(("the emu <eos>",), "whitespace")
    with pytest.raises(ImportedModelError, match="no word of it is named for unknown ones"):
        in_words_of(corpus, ("the", "dog"), "m", tokenizer)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            (*OWN, "<eos>"),
            f"16.7% {UNKNOWN} 'emu' 1 times",
        ),
        ((*OWN, "<eos>", "emu"), ""),
        (
            ("the", "cat", "emu", "<unk>"),
            f"warning: 33.3% {UNKNOWN} '<eos>' 2 times; check that these are the words that it was "
            "trained with; the end of a sentence, '<eos>', is unknown too: name the model's word "
            "for it under vocabulary.end_of_sentence, if there is one",
        ),
    ],
)
def test_unknown_tokens_are_reported_most_frequent_first(words, message):
    """The dataset itself knows none of them."""
    corpus, tokenizer = make_corpus(("the cat <eos>", "the emu <eos>"), "whitespace")
    assert describe_unknown(corpus, words, RecordingSettings(split="test"), tokenizer) == message


@pytest.mark.parametrize("words", [("<unk>", "foo"), ("<unk>", "<eos>", "Cat")])
def test_a_vocabulary_that_knows_no_word_of_the_text_is_refused(words):
    corpus, tokenizer = make_corpus(("the cat <eos>", "the emu <eos>"), "whitespace")
    with pytest.raises(ImportedModelError, match="none of the words of d is in the vocabulary"):
        in_words_of(corpus, words, "m", tokenizer)


def test_lines_that_hold_more_than_a_word_are_shown():
    corpus, tokenizer = make_corpus(("the cat <eos>",), "whitespace")
    with pytest.raises(ImportedModelError, match="it begins with 'the 9', 'cat 3'"):
        in_words_of(corpus, ("the 9", "cat 3"), "m", tokenizer)
