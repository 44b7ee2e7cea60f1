"""What is odd about a text and its splits: notes for whoever trains on it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

import numpy as np

from rnnvis_assets.configuration.dataset_config import SPLITS, DatasetConfig, SplitName
from rnnvis_assets.corpus.build_corpus import NumberedDocument
from rnnvis_assets.corpus.corpus import END_OF_SENTENCE, Corpus, Split

LONGEST_WORD = 25
"""Characters between blanks, on average, beyond which no text has blanks between its words."""
_SHOWN = 60
_SAMPLED = 2000


def notes_on_words(documents: Sequence[NumberedDocument], config: DatasetConfig) -> Iterator[str]:
    """Text without blanks between words, where words are what is read."""
    if config.tokenizer.kind == "character":
        return
    texts = [text for document in documents[:_SAMPLED] for text in document.texts]
    letters = sum(sum(map(str.isalpha, text)) for text in texts)
    words = sum(len(_words(text)) for text in texts)
    ideograms = sum(sum(map(_has_no_blanks, text)) for text in texts)
    if letters > LONGEST_WORD * max(words, 1) or ideograms > letters / 2:
        yield (
            "the text has hardly any blanks between words, so that whole phrases are tokens; "
            "tokenizer: {kind: character} in configs/datasets reads it sign by sign"
        )


def _words(text: str) -> list[str]:
    return [word for word in text.split() if word != END_OF_SENTENCE]


def _has_no_blanks(sign: str) -> bool:
    """Whether its script puts no blanks between words: Thai, Lao, Burmese, Khmer, Chinese and
    Japanese, by the blocks of Unicode."""
    code = ord(sign)
    ranges = ((0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x3040, 0x30FF),
              (0x3400, 0x9FFF), (0x20000, 0x3134F))  # fmt: skip
    return any(low <= code <= high for low, high in ranges)


def notes_on_splits(corpus: Corpus) -> Iterator[str]:
    """Texts that occur in several splits, texts of several classes, classes that a split lost."""
    documents = {name: list(_documents(corpus.splits[name])) for name in SPLITS}
    yield from _repeated(documents)
    if corpus.classes:
        yield from _contradictions(documents, corpus.classes)
        yield from _lost_classes(corpus)


_Document = tuple[str, int | None]
"""The text of a document, and the index of its class."""


def _documents(split: Split) -> Iterator[_Document]:
    starts = np.flatnonzero(np.diff(split.documents, prepend=-1))
    texts, sentences = iter(split.texts), np.diff(starts, append=len(split.texts))
    for start, several in zip(starts, sentences, strict=True):
        label = None if split.labels is None else int(split.labels[start])
        yield "\n".join(islice(texts, several)), label


def _repeated(documents: Mapping[SplitName, Iterable[_Document]]) -> Iterator[str]:
    trained = {text for text, _ in documents["train"]}
    for name in ("validation", "test"):
        seen = [text for text, _ in documents[name] if text in trained]
        if seen:
            yield (
                f"{len(seen):,} of the documents of {name} are in the training split too, such as "
                f"{_short(seen[0])}: what is measured on them is too good"
            )


def _contradictions(
    documents: Mapping[SplitName, Iterable[_Document]], classes: Sequence[str]
) -> Iterator[str]:
    labels: dict[str, Counter[str]] = {}
    for text, label in (document for split in documents.values() for document in split):
        labels.setdefault(text, Counter())[classes[label or 0]] += 1
    several = {text: counts for text, counts in labels.items() if len(counts) > 1}
    for text, counts in list(several.items())[:1]:
        spelled = ", ".join(f"{count:,} times {label}" for label, count in counts.items())
        yield (
            f"{len(several):,} texts have several labels, such as {_short(text)}: {spelled}; no "
            "network can learn them"
        )


def _lost_classes(corpus: Corpus) -> Iterator[str]:
    for name in SPLITS:
        labels = corpus.splits[name].labels
        there = set() if labels is None else set(np.unique(labels).tolist())
        lost = [label for index, label in enumerate(corpus.classes) if index not in there]
        if lost:
            yield f"the {name} split has no document of the class {', '.join(lost)}"


def _short(text: str) -> str:
    line = " ".join(_words(text))
    return repr(line if len(line) <= _SHOWN else f"{line[:_SHOWN]}…")
