from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rnnvis_assets.corpus import corpus_files as corpus_files_module
from rnnvis_assets.corpus.corpus import Split
from rnnvis_assets.corpus.corpus_files import corpus_files, load_corpus, save_corpus
from rnnvis_assets.corpus.stored_split import StoredTexts
from tests.rnnvis_assets.corpus.small_corpora import make_corpus
from warehouse.checked_json import read_checked_json, write_checked_json
from warehouse.errors import CorpusError, RnnvisError, StorageError


@pytest.mark.parametrize("labelled", [True, False])
@pytest.mark.parametrize("tagged", [True, False])
def test_a_saved_corpus_loads_as_it_was(tmp_path: Path, labelled: bool, tagged: bool) -> None:
    corpus = make_corpus(labelled=labelled, tagged=tagged)
    save_corpus(tmp_path / "small", corpus)
    loaded = load_corpus(tmp_path / "small")
    assert (loaded.name, loaded.task, loaded.classes) == ("small", corpus.task, corpus.classes)
    assert loaded.vocabulary.words == corpus.vocabulary.words
    assert loaded.vocabulary.tags == corpus.vocabulary.tags
    np.testing.assert_array_equal(loaded.vocabulary.tag_shares, corpus.vocabulary.tag_shares)
    np.testing.assert_array_equal(loaded.vocabulary.train_counts, corpus.vocabulary.train_counts)
    for name, split in corpus.splits.items():
        for field in fields(split):
            expected, found = getattr(split, field.name), getattr(loaded.splits[name], field.name)
            np.testing.assert_array_equal(found, expected)
            if isinstance(expected, np.ndarray):
                assert found.dtype == expected.dtype
                assert np.asarray(found).flags.writeable


def test_a_split_without_tokens(tmp_path: Path) -> None:
    corpus = make_corpus()
    nothing = np.zeros(0, np.int32)
    empty = Split(nothing, np.zeros(1, np.int64), nothing, nothing, ())
    save_corpus(tmp_path, replace(corpus, splits={**corpus.splits, "validation": empty}))
    split = load_corpus(tmp_path).splits["validation"]
    assert (split.num_tokens, split.num_sentences, split.tags) == (0, 0, None)
    assert len(split.word_ids) == len(list(split.texts)) == 0


def test_tokens_are_read_when_they_are_asked_for(tmp_path: Path) -> None:
    save_corpus(tmp_path, make_corpus())
    split = load_corpus(tmp_path).splits["test"]
    assert split.num_tokens == 6
    assert list(split.word_ids) == [0, 1, 2, 1, 0, 0]
    unread = load_corpus(tmp_path).splits["test"]
    (tmp_path / "tokens-test.parquet").unlink()
    assert list(split.word_ids) == [0, 1, 2, 1, 0, 0]
    with pytest.raises(StorageError, match=r"tokens-test.*missing"):
        np.asarray(unread.tokens)


def test_texts_are_read_when_they_are_asked_for(tmp_path: Path) -> None:
    save_corpus(tmp_path, make_corpus())
    loaded = load_corpus(tmp_path)
    split = loaded.splits["test"]
    assert (len(split.texts), split.texts[1], split.texts[-1]) == (3, "rare", "b a a")
    assert list(split.texts[1:]) == ["rare", "b a a"]
    assert list(split.limited_to(3).texts) == ["a b", "rare"]
    (tmp_path / "sentences-test.parquet").unlink()
    with pytest.raises(StorageError, match=r"sentences-test.*missing"):
        list(split.texts)


def test_texts_of_a_later_block_are_their_own(tmp_path: Path) -> None:
    words = [f"w{number}" for number in range(3000)]
    path = tmp_path / "sentences.parquet"
    pq.write_table(pa.table({"text": words}), path, row_group_size=700)
    texts = StoredTexts(path, range(len(words)))
    assert list(texts[1000:2500]) == words[1000:2500]
    assert texts[2999] == words[2999]


def test_a_corpus_of_many_blocks_loads_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(corpus_files_module, "_ROWS_OF_A_GROUP", 2)
    corpus = make_corpus()
    save_corpus(tmp_path, corpus)
    assert pq.read_metadata(tmp_path / "tokens-test.parquet").num_row_groups == 3
    loaded = load_corpus(tmp_path)
    for name, split in corpus.splits.items():
        for field in fields(split):
            np.testing.assert_array_equal(
                getattr(loaded.splits[name], field.name), getattr(split, field.name)
            )


def test_the_columns_are_those_of_the_contract(tmp_path: Path) -> None:
    save_corpus(tmp_path / "small", make_corpus())
    tokens = pq.read_table(tmp_path / "small" / "tokens-test.parquet").to_pydict()
    assert tokens == {
        "sentence": [0, 0, 1, 2, 2, 2],
        "document": [0, 0, 0, 1, 1, 1],
        "position": [0, 1, 0, 0, 1, 2],
        "word_id": [0, 1, 2, 1, 0, 0],
        "pos": ["NOUN", "VERB", None, "VERB", "NOUN", "NOUN"],
    }
    sentences = pq.read_table(tmp_path / "small" / "sentences-test.parquet").to_pydict()
    assert sentences == {
        "sentence": [0, 1, 2],
        "document": [0, 0, 1],
        "label": ["positive", "positive", "negative"],
        "num_tokens": [2, 1, 3],
        "text": ["a b", "rare", "b a a"],
    }
    vocabulary = pq.read_table(tmp_path / "small" / "vocabulary.parquet").to_pydict()
    assert vocabulary == {
        "word_id": [0, 1, 2],
        "word": ["a", "b", "<unk>"],
        "train_count": [3, 2, 1],
        "pos": ["NOUN", "VERB", None],
        "pos_share": [1.0, 0.5, None],
    }


def test_corpus_files_are_all_that_is_written(tmp_path: Path) -> None:
    save_corpus(tmp_path / "small", make_corpus())
    assert set(corpus_files(tmp_path / "small")) == set((tmp_path / "small").iterdir())
    assert [path.name for path in tmp_path.iterdir()] == ["small"]


def test_equal_corpora_give_equal_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        save_corpus(tmp_path / name, make_corpus())
    for one, two in zip(
        corpus_files(tmp_path / "one"), corpus_files(tmp_path / "two"), strict=True
    ):
        assert one.read_bytes() == two.read_bytes()


@pytest.mark.parametrize("index", range(8))
@pytest.mark.parametrize("damage", ["missing", "cut short"])
def test_a_damaged_file_is_named(tmp_path: Path, index: int, damage: str) -> None:
    save_corpus(tmp_path, make_corpus())
    path = corpus_files(tmp_path)[index]
    if damage == "missing":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(RnnvisError, match=path.name) as caught:
        load_corpus(tmp_path)
    assert "rnnvis materialize" in caught.value.repair


def test_files_that_contradict_each_other_are_refused(tmp_path: Path) -> None:
    save_corpus(tmp_path, make_corpus())
    path = tmp_path / "tokens-test.parquet"
    whole = pq.read_table(path)
    pq.write_table(whole.slice(0, 4), path)
    with pytest.raises(CorpusError, match=r"tokens-test.*4 tokens, expected 6"):
        load_corpus(tmp_path)
    pq.write_table(whole.drop_columns(["pos"]), path)
    with pytest.raises(StorageError, match=r"tokens-test.*pos"):
        load_corpus(tmp_path)
    pq.write_table(whole, path)
    words = pq.read_table(tmp_path / "vocabulary.parquet")
    pq.write_table(words.slice(0, 2), tmp_path / "vocabulary.parquet")
    split = load_corpus(tmp_path).splits["test"]
    with pytest.raises(CorpusError, match=r"tokens-test.*outside the vocabulary of 2 words"):
        split.word_ids.sum()


def test_a_label_outside_the_classes_is_refused(tmp_path: Path) -> None:
    save_corpus(tmp_path, make_corpus())
    header = read_checked_json(tmp_path / "corpus.json")
    write_checked_json(tmp_path / "corpus.json", header | {"classes": ["negative", "other"]})
    with pytest.raises(CorpusError, match=r"sentences-train.*labels outside the classes"):
        load_corpus(tmp_path)
