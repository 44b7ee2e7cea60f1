"""Part-of-speech tags in the universal tag set.

NLTK's perceptron tagger reads data that are searched for where NLTK looks (``NLTK_DATA`` among
others), in ``$RNNVIS_MIRROR/nltk_data`` and among the downloads (``tagger_data.py``). Without them,
TextBlob's pattern tagger is used, whose lexicon is installed with it: it agrees with the perceptron
tagger on the most frequent tag of 572 of the 600 most frequent words of the Penn Treebank's
validation split.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import nltk.data
import numpy as np
from nltk.tag.mapping import tagset_mapping
from nltk.tag.perceptron import PerceptronTagger

from rnnvis_assets.corpus.corpus import (
    END_OF_SENTENCE,
    NUMBER,
    UNIVERSAL_TAGS,
    UNKNOWN,
    UNTAGGED,
    Split,
    Vocabulary,
)
from warehouse.arrays import Int8Array
from warehouse.atomic_files import sha256_of_file
from warehouse.errors import CorpusError
from warehouse.storage import Storage

TAGGER, TAG_SET = "taggers/averaged_perceptron_tagger_eng/", "taggers/universal_tagset/en-ptb.map"
REPAIR = "python -m nltk.downloader averaged_perceptron_tagger_eng universal_tagset"

_SPELLINGS: Mapping[str, str] = {
    '"': "''", "[": "(", "]": ")", "{": "(", "}": ")", "i": "I", NUMBER: "10",
}  # fmt: skip
"""How the Penn Treebank, whose tags both taggers use, spells what we spell differently."""
_TAG_INDEX = {tag: index for index, tag in enumerate(UNIVERSAL_TAGS)}
_RENAMED = {
    "NN": "NOUN",
    "VB": "VERB",
    "JJ": "ADJ",
    "RB": "ADV",
    "PR": "PRON",
    "DT": "DET",
    "PP": "ADP",
    "NO": "NUM",
    "CJ": "CONJ",
    "UH": "X",
    "PT": "PRT",
}
"""TextBlob's names of universal tags, where they differ."""

Tagged = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class UniversalTagger:
    """Tags the tokens of one sentence at a time; ``tag_words`` gives words with universal tags."""

    tag_words: Callable[[list[str]], Tagged]

    def tag(self, tokens: Sequence[str]) -> Int8Array:
        """int8[tokens], index into UNIVERSAL_TAGS: ``<eos>`` is '.', ``<unk>`` X and ``N`` NUM."""
        words = [_SPELLINGS.get(token, token) for token in tokens if token != END_OF_SENTENCE]
        tags = iter(self.tag_words(words))
        return np.array(
            [_TAG_INDEX["."] if t == END_OF_SENTENCE else self._index(*next(tags)) for t in tokens],
            np.int8,
        )

    def _index(self, word: str, tag: str) -> int:
        if not any(map(str.isalnum, word)):
            return _TAG_INDEX["."]
        return _TAG_INDEX["X" if word == UNKNOWN else tag]


def find_tagger_data() -> tuple[str, ...]:
    """Paths of NLTK's tagger and tag set; empty where either is missing."""
    with _search_path():
        try:
            return str(nltk.data.find(TAGGER)), str(nltk.data.find(TAG_SET))
        except LookupError:
            return ()


def tagger_identity() -> str:
    """Which tagger this machine uses, and with which data: others give other bytes."""
    if found := find_tagger_data():
        return f"perceptron of NLTK {version('nltk')}, data {_digest(found)}"
    return f"pattern tagger of TextBlob {version('textblob')}"


def _digest(found: Iterable[str]) -> str:
    """Hash of files, or of all files in folders, by their names."""
    places = (Path(place) for place in found)
    files = [file for place in places for file in (place, *sorted(place.rglob("*")))]
    hashes = [f"{file.name} {sha256_of_file(file)}" for file in files if file.is_file()]
    return sha256("\n".join(hashes).encode()).hexdigest()[:16]


def load_tagger() -> UniversalTagger:
    """The best tagger of this machine. Raises CorpusError where NLTK's data are damaged."""
    return _perceptron_tagger() if find_tagger_data() else _pattern_tagger()


def _perceptron_tagger() -> UniversalTagger:
    with _search_path():
        try:
            perceptron, universal = PerceptronTagger(), tagset_mapping("en-ptb", "universal")
        except (ValueError, OSError) as error:
            raise CorpusError(f"NLTK's tagger data are damaged: {error}", repair=REPAIR) from error
    return UniversalTagger(
        lambda words: [(word, universal[tag]) for word, tag in perceptron.tag(words)]
    )


def _pattern_tagger() -> UniversalTagger:
    from textblob._text import penntreebank2universal
    from textblob.en import parser

    def tag_words(words: list[str]) -> Tagged:
        tagged = parser.find_tags(words, map=penntreebank2universal)
        return [(word, _RENAMED.get(tag, tag)) for word, tag in tagged]

    return UniversalTagger(tag_words)


@contextmanager
def _search_path() -> Iterator[None]:
    """NLTK's own search path, and after it the mirror's and the downloads; NLTK reads no other."""
    before, mirror = list(nltk.data.path), os.environ.get("RNNVIS_MIRROR")
    folders = [*([Path(mirror).resolve()] if mirror else []), Storage.from_environment().downloads]
    nltk.data.path += [str(folder / "nltk_data") for folder in folders]
    try:
        yield
    finally:
        nltk.data.path[:] = before


def with_tags(vocabulary: Vocabulary, train: Split) -> Vocabulary:
    """The words with their most frequent tags in a training split, the first of UNIVERSAL_TAGS
    among equals, and the fractions of these; a word that was never tagged has None and NaN."""
    if train.tags is None:
        return vocabulary
    num_words, tags = len(vocabulary), np.asarray(train.tags)
    tagged = tags != UNTAGGED
    pairs = train.word_ids[tagged].astype(np.int64) * len(UNIVERSAL_TAGS) + tags[tagged]
    counts = np.bincount(pairs, minlength=num_words * len(UNIVERSAL_TAGS))
    counts = counts.reshape(num_words, len(UNIVERSAL_TAGS))
    totals = counts.sum(axis=1)
    fractions = np.full(num_words, np.nan, np.float32)
    np.divide(counts.max(axis=1), totals, out=fractions, where=totals > 0)
    best = counts.argmax(axis=1)
    names = (UNIVERSAL_TAGS[i] if total else None for i, total in zip(best, totals, strict=True))
    return replace(vocabulary, tags=tuple(names), tag_shares=fractions)
