"""Part-of-speech tags: NLTK's perceptron tagger, mapped to the universal tag set.

Its data are looked for where NLTK looks (``NLTK_DATA`` among others) and in
``$RNNVIS_MIRROR/nltk_data``; nothing is downloaded.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import nltk.data
import numpy as np
import numpy.typing as npt
from nltk.tag.mapping import tagset_mapping
from nltk.tag.perceptron import PerceptronTagger

from rnnvis_assets.corpus.corpus import END_OF_SENTENCE, NUMBER, UNIVERSAL_TAGS, UNKNOWN, UNTAGGED
from warehouse.errors import CorpusError

TAGGER, TAG_SET = "taggers/averaged_perceptron_tagger_eng/", "taggers/universal_tagset/en-ptb.map"
REPAIR = "python -m nltk.downloader averaged_perceptron_tagger_eng universal_tagset"

_SPELLINGS: Mapping[str, str] = {
    '"': "''", "[": "(", "]": ")", "{": "(", "}": ")", "i": "I", NUMBER: "10",
}  # fmt: skip
"""How the Penn Treebank, on which the tagger was trained, writes what we write otherwise."""


@dataclass(frozen=True)
class UniversalTagger:
    """Tags the tokens of one sentence at a time; ``universal`` maps Penn Treebank tags."""

    perceptron: PerceptronTagger
    universal: Mapping[str, str]

    def tag(self, tokens: Sequence[str]) -> npt.NDArray[np.int8]:
        """int8[tokens], index into UNIVERSAL_TAGS: ``<eos>`` is '.', ``<unk>`` X and ``N`` NUM."""
        words = [_SPELLINGS.get(token, token) for token in tokens if token != END_OF_SENTENCE]
        tags = iter(self.perceptron.tag(words))
        return np.array(
            [_TAG_INDEX["."] if t == END_OF_SENTENCE else self._index(*next(tags)) for t in tokens],
            np.int8,
        )

    def _index(self, word: str, tag: str) -> int:
        return _TAG_INDEX["X" if word == UNKNOWN else self.universal[tag]]


_TAG_INDEX = {tag: index for index, tag in enumerate(UNIVERSAL_TAGS)}


def find_tagger_data() -> tuple[str, ...]:
    """Where the tagger and the tag set lie; empty where either is not to be had."""
    with _search_path():
        try:
            return str(nltk.data.find(TAGGER)), str(nltk.data.find(TAG_SET))
        except LookupError:
            return ()


def load_tagger() -> UniversalTagger | None:
    """The tagger, or None without data. Raises CorpusError where the data are damaged."""
    if not find_tagger_data():
        return None
    with _search_path():
        try:
            return UniversalTagger(PerceptronTagger(), tagset_mapping("en-ptb", "universal"))
        except (ValueError, OSError) as error:
            raise CorpusError(f"NLTK's tagger data are damaged: {error}", repair=REPAIR) from error


@contextmanager
def _search_path() -> Iterator[None]:
    """NLTK's own search path, and after it the mirror's folder; NLTK reads nowhere else."""
    before = list(nltk.data.path)
    if mirror := os.environ.get("RNNVIS_MIRROR"):
        nltk.data.path.append(str(Path(mirror).resolve() / "nltk_data"))
    try:
        yield
    finally:
        nltk.data.path[:] = before


def most_frequent_tags(
    word_ids: npt.NDArray[np.int32], tags: npt.NDArray[np.int8], num_words: int
) -> tuple[tuple[str | None, ...], npt.NDArray[np.float32]]:
    """Each word's most frequent tag (the first of UNIVERSAL_TAGS among equals) and its share.

    ``word_ids`` and ``tags`` are [tokens]; a word that was never tagged has None and NaN.
    """
    tagged = tags != UNTAGGED
    pairs = word_ids[tagged].astype(np.int64) * len(UNIVERSAL_TAGS) + tags[tagged]
    counts = np.bincount(pairs, minlength=num_words * len(UNIVERSAL_TAGS))
    counts = counts.reshape(num_words, len(UNIVERSAL_TAGS))
    totals = counts.sum(axis=1)
    shares = np.full(num_words, np.nan, np.float32)
    np.divide(counts.max(axis=1), totals, out=shares, where=totals > 0)
    best = counts.argmax(axis=1)
    names = (UNIVERSAL_TAGS[i] if total else None for i, total in zip(best, totals, strict=True))
    return tuple(names), shares
