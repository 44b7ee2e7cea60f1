"""Corpora and configurations small enough to see through."""

import numpy as np
import pytest

from rnnvis_assets.configuration.dataset_config import DatasetConfig, TextSource, Tokenizer
from rnnvis_assets.corpus.corpus import Corpus, Split, Vocabulary

WHITESPACE = Tokenizer(kind="whitespace")


def text_dataset(path: str = "text.txt", **settings: object) -> DatasetConfig:
    values = {"tokenizer": WHITESPACE, **settings}
    return DatasetConfig(task="language_model", source=TextSource(kind="text", path=path), **values)


def review_dataset(num_documents: int = 60, **settings: object) -> DatasetConfig:
    source = {"kind": "toy_reviews", "num_documents": num_documents}
    return DatasetConfig.model_validate({"task": "classification", "source": source, **settings})


def make_split(*, labelled: bool = True, tagged: bool = True) -> Split:
    """Three sentences of two documents: 'a b', 'c', 'b a a'."""
    return Split(
        tokens=np.array([0, 1, 2, 1, 0, 0], np.int32),
        sentence_offsets=np.array([0, 2, 3, 6], np.int64),
        documents=np.array([0, 0, 1], np.int32),
        labels=np.array([1, 1, 0], np.int32) if labelled else None,
        texts=("a b", "rare", "b a a"),
        tags=np.array([5, 9, -1, 9, 5, 5], np.int8) if tagged else None,
    )


def make_corpus(*, labelled: bool = True, tagged: bool = True) -> Corpus:
    split = make_split(labelled=labelled, tagged=tagged)
    vocabulary = Vocabulary(
        words=("a", "b", "<unk>"),
        train_counts=np.array([3, 2, 1], np.int64),
        tags=("NOUN", "VERB", None) if tagged else (None, None, None),
        tag_shares=np.array([1, 0.5, np.nan] if tagged else [np.nan] * 3, np.float32),
    )
    return Corpus(
        name="small",
        task="classification" if labelled else "language_model",
        classes=("negative", "positive") if labelled else (),
        vocabulary=vocabulary,
        splits={"train": split, "validation": split, "test": split},
    )


def forbid_whole_splits(monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on, whoever asks for all words of a split in memory fails."""

    def refuse(_: Split) -> None:
        raise AssertionError("all words of a split were asked for at once")

    monkeypatch.setattr(Split, "word_ids", property(refuse))
