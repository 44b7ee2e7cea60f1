"""Texts or word ids, as they are given in Python, as a corpus."""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np

from rnnvis_assets.corpus.corpus import UNKNOWN, Corpus, Split, Vocabulary
from warehouse.errors import ConfigurationError

DATASET = "given-texts"


def corpus_of(
    texts: Sequence[Any], words: Sequence[str] | Mapping[str, int] | None, labels: Sequence[Any]
) -> Corpus:
    """The corpus of ``texts``, each a string (its words separated by blanks), a sequence of words,
    or one of word ids; all of them are in every split, since nothing is trained.

    ``words`` are the network's by id, or ids by word; None: ids stand for themselves. ``labels``
    has one for each text, or none at all. Raises ConfigurationError where these do not fit.
    """
    sequences = [text.split() if isinstance(text, str) else list(text) for text in texts]
    sequences = [sequence for sequence in sequences if sequence]
    if not sequences:
        raise ConfigurationError("found no text with a word in it", repair="give some texts")
    if labels and len(labels) != len(texts):
        raise ConfigurationError(f"found {len(labels)} labels for {len(texts)} texts")
    if labels and len(sequences) != len(texts):
        raise ConfigurationError(
            "found texts without a word", repair="leave them and their labels out"
        )
    known = _words(words, sequences)
    ids = [_encode(sequence, known) for sequence in sequences]
    flat = np.concatenate(ids)
    classes = tuple(sorted({str(label) for label in labels}))
    split = Split(
        tokens=flat,
        sentence_offsets=np.cumsum([0, *map(len, ids)], dtype=np.int64),
        documents=np.arange(len(ids), dtype=np.int32),
        labels=np.array([classes.index(str(each)) for each in labels], np.int32)
        if labels
        else None,
        texts=tuple(" ".join(known[i] for i in sequence) for sequence in ids),
    )
    counts = np.bincount(flat, minlength=len(known)).astype(np.int64)
    vocabulary = Vocabulary.untagged(known, counts)
    task = "classification" if labels else "language_model"
    splits = dict.fromkeys(("train", "validation", "test"), split)
    return Corpus(DATASET, task, classes, vocabulary, splits)  # type: ignore[arg-type]


def words_of(texts: Sequence[Any]) -> list[str]:
    """The words of texts, the most frequent first, for a network that reads any."""
    split = (text.split() if isinstance(text, str) else text for text in texts)
    return [str(word) for word, _ in Counter(chain.from_iterable(split)).most_common()]


def _words(
    words: Sequence[str] | Mapping[str, int] | None, sequences: Sequence[Sequence[Any]]
) -> tuple[str, ...]:
    """The words by id."""
    if isinstance(words, Mapping):
        by_id = {number: word for word, number in words.items()}
        if sorted(by_id) != list(range(len(words))):
            raise ConfigurationError(
                f"found {len(by_id)} different ids of {len(words)} words, expected each from 0 on "
                "once"
            )
        words = [by_id[number] for number in range(len(words))]
    if words is None:
        if any(isinstance(token, str) for token in chain.from_iterable(sequences)):
            raise ConfigurationError(
                "found texts without the network's words", repair="give words=[…], by their ids"
            )
        words = [str(number) for number in range(int(max(map(max, sequences))) + 1)]
    if len(set(words)) != len(words):
        raise ConfigurationError("found a word twice in words, expected each once")
    return tuple(words)


def _encode(sequence: Sequence[Any], words: tuple[str, ...]) -> Any:
    """int32[tokens]."""
    if not isinstance(sequence[0], str):
        ids = np.array([int(token) for token in sequence], np.int32)
        if ids.min() < 0 or ids.max() >= len(words):
            raise ConfigurationError(
                f"found the word id {ids.min() if ids.min() < 0 else ids.max()}, expected 0 to "
                f"{len(words) - 1}"
            )
        return ids
    place = {word: number for number, word in enumerate(words)}
    missing = [token for token in sequence if token not in place]
    if missing and UNKNOWN not in place:
        raise ConfigurationError(
            f"found {missing[0]!r}, which is none of the words, and these have no {UNKNOWN}",
            repair="separate the words of a text as the network's are, or give word ids",
        )
    return np.array([place.get(token, place.get(UNKNOWN, 0)) for token in sequence], np.int32)
