"""From documents to a corpus: tokens, splits, vocabulary, numbers, tags."""

from collections.abc import Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from rnnvis_assets.configuration.dataset_config import (
    SPLITS,
    DatasetConfig,
    SplitName,
    SplitShares,
    Tokenizer,
    VocabularyLimits,
)
from rnnvis_assets.corpus.corpus import END_OF_SENTENCE, UNKNOWN, Corpus, Split, Vocabulary
from rnnvis_assets.corpus.pos_tagging import UniversalTagger, with_tags
from rnnvis_assets.corpus.source_documents import SourceDocument
from rnnvis_assets.corpus.table_labels import in_order
from rnnvis_assets.corpus.tokenization import join_tokens, tokenize
from warehouse.arrays import Int8Array, Int32Array, Int64Array
from warehouse.errors import CorpusError


def deal_documents(
    keys: Sequence[Hashable],
    labels: Sequence[str | None],
    fractions: SplitShares,
    among: Collection[SplitName] = SPLITS,
) -> list[SplitName]:
    """The split of every document, one of those ``among`` which they are dealt, in the order given,
    with the configured fractions in each class.

    Documents with equal keys (the same text) fall in the same split, whatever their labels; a
    group's class is that of its first document. The same input and seed give the same splits.
    """
    sizes: dict[Hashable, int] = {}
    group_labels: dict[Hashable, str | None] = {}
    for key, label in zip(keys, labels, strict=True):
        sizes[key] = sizes.get(key, 0) + 1
        group_labels.setdefault(key, label)
    generator = np.random.default_rng(fractions.seed)
    dealt: dict[Hashable, SplitName] = {}
    for label in sorted(set(group_labels.values()), key=str):
        groups = [key for key in sizes if group_labels[key] == label]
        order = generator.permutation(len(groups))
        counts = np.array([sizes[groups[i]] for i in order])
        for i, split in zip(order, _cut(counts, fractions, among), strict=True):
            dealt[groups[i]] = SPLITS[split]
    return [dealt[key] for key in keys]


def _cut(counts: Int64Array, fractions: SplitShares, among: Collection[SplitName]) -> Int64Array:
    """Index into SPLITS of each group in a row of groups, by where its middle lies."""
    middles = (np.cumsum(counts) - counts / 2) / counts.sum()
    shares = [getattr(fractions, split) * (split in among) for split in SPLITS]
    whole = 1.0 if len(among) == len(SPLITS) else sum(shares)
    return np.digitize(middles, np.cumsum(shares)[:-1] / whole)  # type: ignore[no-any-return]


def oversample(labels: Int32Array, seed: int) -> Int64Array:
    """Indices into ``labels`` in which every class comes as often as the largest one.

    Every index comes at least once; those of a smaller class are repeated evenly (their numbers
    of repeats differ by one at most), and ``seed`` picks which come once more. Sorted.
    """
    generator = np.random.default_rng(seed)
    classes, counts = np.unique(labels, return_counts=True)
    picked = [
        np.resize(generator.permutation(np.flatnonzero(labels == label)), counts.max())
        for label in classes
    ]
    return np.sort(np.concatenate(picked)) if picked else np.zeros(0, np.int64)


@dataclass(frozen=True)
class NumberedDocument:
    """A document's tokens as indices into a lexicon of all word forms; ``lengths`` by sentence."""

    tokens: Int32Array
    lengths: tuple[int, ...]
    texts: tuple[str, ...]
    label: str | None
    split: SplitName | None


@dataclass(frozen=True)
class NumberedText:
    """Every document with a token in it, and how many documents had none."""

    lexicon: tuple[str, ...]
    documents: Sequence[NumberedDocument]
    num_empty: int


def number_documents(documents: Iterable[SourceDocument], tokenizer: Tokenizer) -> NumberedText:
    """Tokenises documents and numbers their word forms in order of appearance."""
    numbers: dict[str, int] = {}
    numbered: list[NumberedDocument] = []
    num_empty = 0
    for document in documents:
        sentences = [t for text in document.sentences if (t := tokenize(text, tokenizer))]
        num_empty += not sentences
        if sentences:
            tokens = [numbers.setdefault(t, len(numbers)) for tokens in sentences for t in tokens]
            numbered.append(
                NumberedDocument(
                    tokens=np.array(tokens, np.int32),
                    lengths=tuple(map(len, sentences)),
                    texts=tuple(join_tokens(tokens, tokenizer) for tokens in sentences),
                    label=document.label,
                    split=document.split,
                )
            )
    return NumberedText(tuple(numbers), numbered, num_empty)


def build_corpus(
    name: str, config: DatasetConfig, text: NumberedText, tagger: UniversalTagger | None
) -> Corpus:
    """The corpus of a text: its documents dealt to splits, its vocabulary of the training split.

    Raises CorpusError where a split has no tokens, a label is none of the classes, a class is
    missing from training, or the vocabulary is too small.
    """
    try:
        classes = _classes(config, text.documents)
        by_split = _deal(config, text.documents)
        _require_every_class(classes, by_split["train"])
        train = np.concatenate([document.tokens for document in by_split["train"]])
        counts = np.bincount(train, minlength=len(text.lexicon))
        vocabulary = build_vocabulary(text.lexicon, counts, config.vocabulary)
    except CorpusError as error:
        raise CorpusError(f"dataset {name}: {error.message}", repair=error.repair) from error
    splits = {
        split: _encode(documents, text.lexicon, vocabulary, classes, tagger)
        for split, documents in by_split.items()
    }
    return Corpus(name, config.task, classes, with_tags(vocabulary, splits["train"]), splits)


def _classes(config: DatasetConfig, documents: Sequence[NumberedDocument]) -> tuple[str, ...]:
    """The classes in order: those configured, else those found, numbers by size."""
    found = {document.label: number for number, document in enumerate(documents)}
    labels = in_order([label for label in found if label is not None])
    classes = config.classes if config.classes is not None else labels
    if foreign := sorted(set(labels) - set(classes)):
        raise CorpusError(
            f"label {foreign[0]!r} (document {found[foreign[0]]}, from 0) is none of the classes "
            f"{', '.join(classes)}",
            repair="correct the label, or list it under classes in configs/datasets",
        )
    if config.task == "classification" and len(classes) < 2:
        raise CorpusError(
            f"found {len(classes)} class ({', '.join(classes)}), expected at least 2",
            repair="give documents of another class too",
        )
    return classes


def _deal(
    config: DatasetConfig, documents: Sequence[NumberedDocument]
) -> dict[SplitName, list[NumberedDocument]]:
    """The documents of each split, in the order given. Raises CorpusError where one is empty."""
    given = [document.split for document in documents]
    keys = [document.tokens.tobytes() for document in documents]
    open_ones = [number for number, split in enumerate(given) if split is None]
    dealt = dict(enumerate(given))
    among = [split for split in SPLITS if split not in given]
    if open_ones:
        labels = [documents[number].label for number in open_ones]
        splits = deal_documents([keys[n] for n in open_ones], labels, config.split, among)
        dealt |= dict(zip(open_ones, splits, strict=True))
    by_split: dict[SplitName, list[NumberedDocument]] = {
        name: [document for number, document in enumerate(documents) if dealt[number] == name]
        for name in SPLITS
    }
    if empty := [name for name, members in by_split.items() if not members]:
        raise CorpusError(
            f"no tokens for the {' and '.join(empty)} split, of {len(documents)} documents in all "
            f"({len(set(keys))} different ones; equal ones stay in one split)",
            repair="give more documents (in a text file a blank line ends one, or every line with "
            "source.document: line), or change split",
        )
    return by_split


def _require_every_class(classes: tuple[str, ...], train: Sequence[NumberedDocument]) -> None:
    if missing := sorted(set(classes) - {document.label for document in train}):
        raise CorpusError(
            f"no training document of class {', '.join(missing)}",
            repair="give more documents of it, or take it out of classes in configs/datasets",
        )


def build_vocabulary(
    lexicon: Sequence[str], train_counts: Int64Array, limits: VocabularyLimits
) -> Vocabulary:
    """The most frequent words of ``lexicon``, in descending order of count, then by alphabet.

    ``train_counts`` int64[lexicon]. ``<unk>`` always has an id, as a word typed later may be
    unknown, and counts the training tokens that are; ``<eos>`` has one where it occurs. Both count
    towards ``limits.size``. The words are untagged. Raises CorpusError where fewer than two
    ordinary words are left.
    """
    counts = dict(zip(lexicon, train_counts.tolist(), strict=True))
    special = {UNKNOWN} | ({END_OF_SENTENCE} & counts.keys())
    ordinary = [
        word
        for word, count in counts.items()
        if count >= limits.minimum_count and word not in special
    ]
    most = None if limits.size is None else max(limits.size - len(special), 0)
    kept = sorted(ordinary, key=lambda word: (-counts[word], word))[:most]
    if len(kept) < 2:
        raise CorpusError(
            f"the vocabulary would hold {len(kept)} ordinary words ({', '.join(kept) or 'none'}) "
            f"of {len(counts)} found, expected at least 2",
            repair="give more text, or relax vocabulary.size and vocabulary.minimum_count",
        )
    known = {word: counts[word] for word in (*kept, *(special - {UNKNOWN}))}
    known[UNKNOWN] = sum(counts.values()) - sum(known.values())
    words = sorted(known, key=lambda word: (-known[word], word))
    return Vocabulary.untagged(words, np.array([known[word] for word in words], np.int64))


def _encode(
    documents: Sequence[NumberedDocument],
    lexicon: Sequence[str],
    vocabulary: Vocabulary,
    classes: tuple[str, ...],
    tagger: UniversalTagger | None,
) -> Split:
    tokens = np.concatenate([document.tokens for document in documents])
    lengths = np.array([n for document in documents for n in document.lengths], np.int64)
    sentences = [len(document.lengths) for document in documents]
    labels = [classes.index(document.label) for document in documents if document.label in classes]
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    return Split(
        tokens=vocabulary.encode(lexicon)[tokens],
        sentence_offsets=offsets,
        documents=np.repeat(np.arange(len(documents), dtype=np.int32), sentences),
        labels=np.repeat(np.array(labels, np.int32), sentences) if classes else None,
        texts=tuple(text for document in documents for text in document.texts),
        tags=None if tagger is None else _tag(tokens, offsets, lexicon, tagger),
    )


def _tag(
    tokens: Int32Array,
    offsets: Int64Array,
    lexicon: Sequence[str],
    tagger: UniversalTagger,
) -> Int8Array:
    """Tags of the tokens as they were before rare ones became ``<unk>``."""
    sentences = np.split(tokens, offsets[1:-1])
    return np.concatenate([tagger.tag([lexicon[t] for t in sentence]) for sentence in sentences])
