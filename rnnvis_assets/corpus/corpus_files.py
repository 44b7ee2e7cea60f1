"""Keeping a corpus on disk: Parquet for tokens, sentences and vocabulary, JSON for the rest.

``tokens-<split>.parquet``      sentence, document, position, word_id, pos (null where untagged)
``sentences-<split>.parquet``   sentence, document, label, num_tokens, text
``vocabulary.parquet``          word_id, word, train_count, pos, pos_share
``corpus.json``                 name, task, classes
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, overload

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from rnnvis_assets.configuration.dataset_config import SPLITS, SplitName
from rnnvis_assets.corpus.corpus import UNIVERSAL_TAGS, UNTAGGED, Corpus, Split, Vocabulary
from warehouse.arrays import AnyArray, Int8Array, Int32Array
from warehouse.atomic_files import atomic_folder
from warehouse.checked_json import read_checked_json, write_checked_json
from warehouse.errors import CorpusError
from warehouse.parquet_tables import COMPRESSION, read_table, row_blocks

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


@dataclass(frozen=True)
class StoredTexts(Sequence[str]):
    """The texts of some sentences of a split, in order; read from its table block by block, each
    time that they are asked for.

    Raises StorageError, while they are read, where the table is missing or damaged.
    """

    path: Path
    rows: range

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[str]:
        wanted = np.asarray(self.rows)
        for start, block in row_blocks(self.path, ["text"], wanted):
            low, high = np.searchsorted(wanted, (start, start + block.num_rows))
            yield from block["text"].take(wanted[low:high] - start).to_pylist()

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> "StoredTexts": ...
    def __getitem__(self, place: int | slice) -> "str | StoredTexts":
        if isinstance(place, slice):
            return StoredTexts(self.path, self.rows[place])
        row = self.rows[place]
        return next(iter(StoredTexts(self.path, range(row, row + 1))))


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
    """The corpus kept in ``folder``; the texts of its sentences stay there until they are read.

    Raises StorageError where a file is missing or cut short, CorpusError where the files
    contradict each other; both name the file.
    """
    header = _read_header(folder / "corpus.json")
    vocabulary = _read_vocabulary(folder / "vocabulary.parquet")
    classes = tuple(header["classes"])
    splits = {name: _read_split(folder, name, classes, len(vocabulary)) for name in SPLITS}
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


def _names(indices: AnyArray | None, names: tuple[str, ...], rows: int) -> pa.Array:
    """A dictionary column; negative indices, or no indices at all, become nulls."""
    if indices is None:
        return pa.nulls(rows, _NAME)
    keys = pa.array(indices.astype(np.int32), mask=indices < 0)
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


def _read_tokens(path: Path, rows: int) -> tuple[Int32Array, Int8Array | None]:
    """Words and tags of so many tokens, int32[tokens] and int8[tokens], or None where none is
    tagged; block by block, since Arrow and malloc keep the room that a whole table takes. Raises
    CorpusError for another number of tokens."""
    words, tags, stop = np.empty(rows, np.int32), None, 0
    for start, block in row_blocks(path, ["word_id", "pos"], rows=_ROWS_OF_A_GROUP):
        stop = start + block.num_rows
        if stop > rows:
            continue
        words[start:stop] = block["word_id"].to_numpy()
        found = _indices(block["pos"], UNIVERSAL_TAGS)
        if tags is None and (found != UNTAGGED).any():
            tags = np.full(rows, UNTAGGED, np.int8)
        if tags is not None:
            tags[start:stop] = found
    if stop != rows:
        raise _damaged(path, f"{stop} tokens, expected {rows} by the table of sentences")
    return words, tags


def _read_sentences(
    path: Path, classes: tuple[str, ...]
) -> tuple[Int32Array, Int32Array, Int32Array]:
    """Documents, lengths in tokens and labels, int32[sentences] each; -1 for no class."""
    names = ["document", "num_tokens", "label"]
    parts = [np.empty((0, len(names)), np.int32)]
    for _, block in row_blocks(path, names, rows=_ROWS_OF_A_GROUP):
        columns = [block[name].to_numpy() for name in names[:2]]
        parts.append(np.stack([*columns, _indices(block["label"], classes)], axis=1))
    documents, lengths, labels = np.concatenate(parts).T.copy()
    return documents, lengths, labels


def _read_split(folder: Path, name: SplitName, classes: tuple[str, ...], words: int) -> Split:
    tokens_path, path = folder / f"tokens-{name}.parquet", folder / f"sentences-{name}.parquet"
    documents, lengths, labels = _read_sentences(path, classes)
    offsets = np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])
    word_ids, tags = _read_tokens(tokens_path, int(offsets[-1]))
    if len(word_ids) and not 0 <= word_ids.min() <= word_ids.max() < words:
        raise _damaged(tokens_path, f"word ids outside the vocabulary of {words} words")
    if classes and (labels < 0).any():
        raise _damaged(path, f"labels outside the classes {', '.join(classes)}")
    return Split(
        word_ids=word_ids,
        sentence_offsets=offsets,
        documents=documents,
        labels=labels if classes else None,
        texts=StoredTexts(path, range(len(offsets) - 1)),
        tags=tags,
    )
