"""The ``corpus`` stage: from a dataset's configuration to the files of ``corpora/<dataset>/``."""

from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

import numpy as np

from rnnvis_assets.configuration.dataset_config import SPLITS, DatasetConfig
from rnnvis_assets.corpus.build_corpus import build_corpus, number_documents
from rnnvis_assets.corpus.corpus import TAGGER_FIGURE, UNKNOWN, Corpus
from rnnvis_assets.corpus.corpus_files import corpus_files, save_corpus
from rnnvis_assets.corpus.corpus_notes import notes_on_splits, notes_on_words
from rnnvis_assets.corpus.pos_tagging import load_tagger, tagger_identity
from rnnvis_assets.corpus.sources import read_source, source_identity
from rnnvis_assets.engine.stage import Figure, RunContext, StageOutput


def corpus_identity(config: DatasetConfig) -> Mapping[str, Any]:
    """What a corpus depends on besides its configuration: library versions or your file's hash, the
    tagger, and what splits words or detects how a table is written where the dataset uses it."""
    identity = {"source": source_identity(config), "tagger": _tagger_name(config)}
    used = {
        "regex": config.tokenizer.kind == "unicode",
        "charset-normalizer": getattr(config.source, "encoding", "") is None,
        "duckdb": getattr(config.source, "separator", "") is None,
    }
    libraries = {name: version(name) for name, is_used in used.items() if is_used}
    return identity | ({"libraries": libraries} if libraries else {})


def _tagger_name(config: DatasetConfig) -> str | None:
    """Characters have no part of speech, and only English has a tagger."""
    tagged = config.tokenizer.kind != "character" and config.is_english
    return tagger_identity() if tagged else None


def make_corpus(context: RunContext, partition: str) -> StageOutput:
    """The stage ``corpus``: reads a dataset's documents, writes ``corpora/<dataset>/``."""
    config = context.project.datasets[partition]
    text = read_source(config, context.storage, context.report)
    numbered = number_documents(text.documents, config.tokenizer)
    for note in (*text.notes, *notes_on_words(numbered.documents, config)):
        context.report(note)
    if numbered.num_empty:
        context.report(f"documents without any token, left out: {numbered.num_empty}")
    folder = context.storage.corpus(partition)
    context.report(f"{len(numbered.documents):,} documents read; numbering and tagging words")
    tagger = load_tagger() if _tagger_name(config) else None
    corpus = build_corpus(partition, config, numbered, tagger)
    save_corpus(folder, corpus)
    figures = {**_figures(corpus), **text.figures, "empty documents left out": numbered.num_empty}
    figures[TAGGER_FIGURE] = _tagger_name(config) or _why_untagged(config)
    for note in notes_on_splits(corpus):
        context.report(note)
    context.report(_summary(corpus))
    return StageOutput(corpus_files(folder), row_counts=_row_counts(corpus), figures=figures)


def _why_untagged(config: DatasetConfig) -> str:
    if not config.is_english:
        return f"none: tags are made for English only, and the language is {config.language}"
    return "none: characters have no part of speech"


def _figures(corpus: Corpus) -> dict[str, Figure]:
    """Per split: tokens, documents, fraction of unknown tokens and of each class."""
    unknown = corpus.vocabulary.ids[UNKNOWN]
    figures: dict[str, Figure] = {"words in the vocabulary": len(corpus.vocabulary)}
    for name, split in corpus.splits.items():
        figures[f"tokens of {name}"] = split.num_tokens
        figures[f"sentences of {name}"] = split.num_sentences
        figures[f"documents of {name}"] = int(split.documents[-1]) + 1
        figures[f"unknown fraction of {name}"] = float(np.mean(split.word_ids == unknown))
        for index, label in enumerate(corpus.classes):
            figures[f"fraction of {label} in {name}"] = float(np.mean(split.labels == index))
    return figures


def _row_counts(corpus: Corpus) -> dict[str, int]:
    counts = {"vocabulary": len(corpus.vocabulary)}
    for name, split in corpus.splits.items():
        counts |= {f"tokens-{name}": split.num_tokens, f"sentences-{name}": split.num_sentences}
    return counts


def _summary(corpus: Corpus) -> str:
    tokens = ", ".join(f"{corpus.splits[name].num_tokens:,} {name}" for name in SPLITS)
    return f"corpus {corpus.name}: {tokens} tokens, {len(corpus.vocabulary):,} words"
