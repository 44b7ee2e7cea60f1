"""Keeping a corpus on disk: Parquet for tokens, sentences and vocabulary, JSON for the rest.

``tokens-<split>.parquet``      sentence, document, position, word_id, pos (null where untagged)
``sentences-<split>.parquet``   sentence, document, label, num_tokens, text
``vocabulary.parquet``          word_id, word, train_count, pos, pos_share
``corpus.json``                 name, task, classes
"""

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from rnnvis_assets.configuration.dataset_config import SPLITS, SplitName
from rnnvis_assets.corpus.corpus import UNIVERSAL_TAGS, Corpus, Split, Vocabulary
from rnnvis_assets.corpus.stored_split import StoredTexts, StoredTokens, TokenColumn, TokenGroups
from warehouse.arrays import Int8Array, Int32Array
from warehouse.atomic_files import atomic_folder
from warehouse.checked_json import read_checked_json, write_checked_json
from warehouse.errors import CorpusError
from warehouse.parquet_tables import (
    COMPRESSION,
    count_nulls,
    group_offsets,
    read_table,
    row_blocks,
)

_NAME = pa.dictionary(pa.int32(), pa.string())
_TOKENS = pa.schema(
    {
        "sentence": pa.int32(),
        "document": pa.int32(),
        "position": pa.int32(),
        "word_id": pa.int32(),
        "pos": _NAME,
    }
)
_SENTENCES = pa.schema(
    {
        "sentence": pa.int32(),
        "document": pa.int32(),
        "label": _NAME,
        "num_tokens": pa.int32(),
        "text": pa.string(),
    }
)
_VOCABULARY = pa.schema(
    {
        "word_id": pa.int32(),
        "word": pa.string(),
        "train_count": pa.int64(),
        "pos": pa.string(),
        "pos_share": pa.float32(),
    }
)
_ROWS_OF_A_GROUP = 2**16


def corpus_files(folder: Path) -> tuple[Path, ...]:
    """Every file of a corpus kept in ``folder``."""
    tables = [f"{kind}-{split}" for split in SPLITS for kind in ("tokens", "sentences")]
    return (
        folder / "corpus.json",
        *(folder / f"{table}.parquet" for table in (*tables, "vocabulary")),
    )


def save_corpus(folder: Path, corpus: Corpus) -> None:
    """Replaces ``folder`` by the files of ``corpus``, all of them or none."""
    with atomic_folder(folder) as temporary:
        _write(temporary / "vocabulary.parquet", _vocabulary_columns(corpus.vocabulary))
        for name, split in corpus.splits.items():
            _write(temporary / f"tokens-{name}.parquet", _token_columns(split))
            _write(temporary / f"sentences-{name}.parquet", _sentence_columns(split, corpus))
        header = {"name": corpus.name, "task": corpus.task, "classes": list(corpus.classes)}
        write_checked_json(temporary / "corpus.json", header)


def load_corpus(folder: Path) -> Corpus:
    """The corpus kept in ``folder``. Tokens, tags and texts stay there until they are read, which
    is when a damaged page raises StorageError and a word outside the vocabulary CorpusError.

    Raises StorageError where a file is missing or cut short, CorpusError where the files
    contradict each other; both name the file.
    """
    header = _read_header(folder / "corpus.json")
    vocabulary = _read_vocabulary(folder / "vocabulary.parquet")
    classes = tuple(header["classes"])
    splits = {name: _open_split(folder, name, classes, len(vocabulary)) for name in SPLITS}
    return Corpus(header["name"], header["task"], classes, vocabulary, splits)


def load_vocabulary(folder: Path) -> Vocabulary:
    """The vocabulary of the corpus kept in ``folder``. Raises StorageError where it is missing or
    damaged."""
    return _read_vocabulary(folder / "vocabulary.parquet")


def _write(path: Path, table: pa.Table) -> None:
    pq.write_table(table, path, _ROWS_OF_A_GROUP, compression=COMPRESSION, write_page_checksum=True)


def _damaged(path: Path, found: str) -> CorpusError:
    return CorpusError(
        f"{path} is damaged: {found}", repair=f"rnnvis materialize {path.parent.name}"
    )


def _names(indices: TokenColumn | None, names: tuple[str, ...], rows: int) -> pa.Array:
    """A dictionary column; negative indices, or no indices at all, become nulls."""
    if indices is None:
        return pa.nulls(rows, _NAME)
    places = np.asarray(indices, np.int32)
    keys = pa.array(places, mask=places < 0)
    return pa.DictionaryArray.from_arrays(keys, pa.array(names, pa.string()))


def _indices(column: pa.ChunkedArray, names: tuple[str, ...]) -> Int32Array:
    """The place of each value in ``names``; -1 for nulls and foreign values."""
    found = pc.index_in(column, value_set=pa.array(names, pa.string()))
    return found.fill_null(-1).to_numpy().astype(np.int32)  # type: ignore[no-any-return]


def _vocabulary_columns(vocabulary: Vocabulary) -> pa.Table:
    fractions = vocabulary.tag_shares
    columns = [
        np.arange(len(vocabulary)),
        vocabulary.words,
        vocabulary.train_counts,
        vocabulary.tags,
        pa.array(fractions, mask=np.isnan(fractions)),
    ]
    return pa.table(columns, schema=_VOCABULARY)


def _token_columns(split: Split) -> pa.Table:
    lengths = np.diff(split.sentence_offsets)
    sentence = np.repeat(np.arange(split.num_sentences), lengths)
    columns = [
        sentence,
        split.documents[sentence],
        np.arange(split.num_tokens) - split.sentence_offsets[sentence],
        split.word_ids,
        _names(split.tags, UNIVERSAL_TAGS, split.num_tokens),
    ]
    return pa.table(columns, schema=_TOKENS)


def _sentence_columns(split: Split, corpus: Corpus) -> pa.Table:
    columns = [
        np.arange(split.num_sentences),
        split.documents,
        _names(split.labels, corpus.classes, split.num_sentences),
        np.diff(split.sentence_offsets),
        split.texts,
    ]
    return pa.table(columns, schema=_SENTENCES)


def _read_header(path: Path) -> dict[str, Any]:
    try:
        header = read_checked_json(path)
    except FileNotFoundError as error:
        repair = f"rnnvis materialize {path.parent.name}"
        raise CorpusError(f"{path} is missing", repair=repair) from error
    except ValueError as error:
        raise _damaged(path, str(error)) from error
    if missing := {"name", "task", "classes"} - header.keys():
        raise _damaged(path, f"it lacks {', '.join(sorted(missing))}")
    return header


def _read_vocabulary(path: Path) -> Vocabulary:
    table = read_table(path, _VOCABULARY.names)
    return Vocabulary(
        words=tuple(table["word"].to_pylist()),
        train_counts=table["train_count"].to_numpy(),
        tags=tuple(table["pos"].to_pylist()),
        tag_shares=table["pos_share"].fill_null(np.nan).to_numpy(),
    )


def _read_sentences(
    path: Path, classes: tuple[str, ...]
) -> tuple[Int32Array, Int32Array, Int32Array]:
    """Documents, lengths in tokens and labels, int32[sentences] each; -1 for no class."""
    rows = int(group_offsets(path)[-1])
    documents, lengths, labels = (np.empty(rows, np.int32) for _ in range(3))
    names = ["document", "num_tokens", "label"]
    for start, block in row_blocks(path, names, rows=_ROWS_OF_A_GROUP):
        here = slice(start, start + block.num_rows)
        documents[here] = block["document"].to_numpy()
        lengths[here] = block["num_tokens"].to_numpy()
        labels[here] = _indices(block["label"], classes)
    return documents, lengths, labels


def _known_words(path: Path, num_words: int, column: pa.ChunkedArray) -> Int32Array:
    word_ids: Int32Array = column.to_numpy()
    if len(word_ids) and not 0 <= word_ids.min() <= word_ids.max() < num_words:
        raise _damaged(path, f"word ids outside the vocabulary of {num_words} words")
    return word_ids


def _tag_indices(column: pa.ChunkedArray) -> Int8Array:
    return _indices(column, UNIVERSAL_TAGS).astype(np.int8)


def _open_tokens(path: Path, num_words: int) -> tuple[StoredTokens, StoredTokens | None]:
    """Words and tags, which are None where no token is tagged."""
    words = TokenGroups(path, "word_id", partial(_known_words, path, num_words))
    tags = TokenGroups(path, "pos", _tag_indices)
    rows = range(int(words.offsets[-1]))
    tagged = count_nulls(path, "pos") < len(rows)
    return StoredTokens(words, rows, np.dtype(np.int32)), (
        StoredTokens(tags, rows, np.dtype(np.int8)) if tagged else None
    )


def _open_split(folder: Path, name: SplitName, classes: tuple[str, ...], words: int) -> Split:
    tokens_path, path = folder / f"tokens-{name}.parquet", folder / f"sentences-{name}.parquet"
    documents, lengths, labels = _read_sentences(path, classes)
    offsets = np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])
    tokens, tags = _open_tokens(tokens_path, words)
    if len(tokens) != offsets[-1]:
        expected = f"{offsets[-1]} by the table of sentences"
        raise _damaged(tokens_path, f"{len(tokens)} tokens, expected {expected}")
    if classes and (labels < 0).any():
        raise _damaged(path, f"labels outside the classes {', '.join(classes)}")
    return Split(
        tokens=tokens,
        sentence_offsets=offsets,
        documents=documents,
        labels=labels if classes else None,
        texts=StoredTexts(path, range(len(offsets) - 1)),
        tags=tags,
    )
