"""What a corpus is once it has been read: splits of numbered words, and a vocabulary."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np

from rnnvis_assets.corpus.stored_split import TokenColumn, token_blocks
from warehouse.arrays import Float32Array, Float64Array, Int32Array, Int64Array

if TYPE_CHECKING:  # the viewer reads this module's constants, and no configuration
    from rnnvis_assets.configuration.dataset_config import SplitName, Task

UNKNOWN = "<unk>"
END_OF_SENTENCE = "<eos>"
NUMBER = "N"
UNIVERSAL_TAGS = (
    "ADJ", "ADP", "ADV", "CONJ", "DET", "NOUN", "NUM", "PRON", "PRT", "VERB", "X", ".",
)  # fmt: skip
"""The universal part-of-speech tags (Petrov, Das and McDonald 2012), as ``Split.tags`` indexes."""
UNTAGGED = -1
TAGGER_FIGURE = "part-of-speech tagger"
"""The figure of a corpus that names its tagger, or says after ``none:`` why there is none."""


@dataclass(frozen=True)
class Vocabulary:
    """Words by id, with what was counted and tagged over the training split.

    ``train_counts`` is int64[words]; ``tags`` are the most frequent universal tags (None
    without one) and ``tag_shares`` float32[words] their fractions of the tagged occurrences (NaN).
    """

    words: tuple[str, ...]
    train_counts: Int64Array
    tags: tuple[str | None, ...]
    tag_shares: Float32Array

    @classmethod
    def untagged(cls, words: Sequence[str], train_counts: Int64Array) -> "Vocabulary":
        """Words without parts of speech."""
        shares = np.full(len(words), np.nan, np.float32)
        return cls(tuple(words), train_counts, (None,) * len(words), shares)

    def __len__(self) -> int:
        return len(self.words)

    @property
    def sha256(self) -> str:
        """Identity of the word list: same words in the same order, same hash."""
        return sha256("\n".join(self.words).encode()).hexdigest()

    @cached_property
    def ids(self) -> Mapping[str, int]:
        """The id of every word."""
        return {word: index for index, word in enumerate(self.words)}

    @property
    def log_frequencies(self) -> Float64Array:
        """The log probability of each word by its training count, one added so that none is 0."""
        counts = self.train_counts + 1.0
        found: Float64Array = np.log(counts / counts.sum())
        return found

    def encode(self, tokens: Iterable[str]) -> Int32Array:
        """int32[tokens]: the ids of tokens, that of ``<unk>`` for words outside the vocabulary."""
        unknown = self.ids[UNKNOWN]
        return np.array([self.ids.get(token, unknown) for token in tokens], np.int32)

    def decode(self, word_ids: Iterable[int]) -> list[str]:
        """The words of ids."""
        return [self.words[word_id] for word_id in word_ids]


@dataclass(frozen=True)
class Split:
    """One split as a flat row of tokens, cut into sentences (lines, or whole documents).

    ``tokens`` int32[tokens], the id of the word at each place; ``sentence_offsets``
    int64[sentences + 1], the first token of each sentence and the end; ``documents``
    int32[sentences], the document a sentence belongs to; ``labels`` int32[sentences], index into
    ``Corpus.classes``, or None for a language model; ``texts`` the sentences' tokens joined by
    blanks, before unknown words were replaced;
    ``tags`` int8[tokens], index into ``UNIVERSAL_TAGS`` (``UNTAGGED`` where unknown), or None where
    no tagger data was to be had.
    """

    tokens: TokenColumn
    sentence_offsets: Int64Array
    documents: Int32Array
    labels: Int32Array | None
    texts: Sequence[str]
    tags: TokenColumn | None = None

    @property
    def num_tokens(self) -> int:
        return len(self.tokens)

    @cached_property
    def word_ids(self) -> Int32Array:
        """``tokens`` in memory, for whoever reads them in any order."""
        return np.asarray(self.tokens)

    @property
    def num_sentences(self) -> int:
        return len(self.sentence_offsets) - 1

    def count_words(self, num_words: int) -> Int64Array:
        """int64[words]: how often each word occurs."""
        counts = np.zeros(num_words, np.int64)
        for block in token_blocks(self.tokens):
            counts += np.bincount(block, minlength=num_words)
        return counts

    def limited_to(self, tokens: int | None) -> "Split":
        """The first whole sentences, with at most so many tokens, but always the first one; all of
        them where ``tokens`` is None."""
        if tokens is None or tokens >= self.num_tokens:
            return self
        kept = max(1, int(np.searchsorted(self.sentence_offsets, tokens, side="right")) - 1)
        end = int(self.sentence_offsets[kept])
        return Split(
            tokens=self.tokens[:end],
            sentence_offsets=self.sentence_offsets[: kept + 1],
            documents=self.documents[:kept],
            labels=None if self.labels is None else self.labels[:kept],
            texts=self.texts[:kept],
            tags=None if self.tags is None else self.tags[:end],
        )


@dataclass(frozen=True)
class Corpus:
    """A dataset, ready to train on and to record. ``classes`` is empty for a language model."""

    name: str
    task: "Task"
    classes: tuple[str, ...]
    vocabulary: Vocabulary
    splits: "Mapping[SplitName, Split]"
