"""Your own files: by pattern, and for each split, any of which may be missing."""

from pathlib import Path
from typing import Any

import pytest

from rnnvis_assets.configuration.dataset_config import DatasetConfig
from rnnvis_assets.corpus.build_corpus import build_corpus, number_documents
from rnnvis_assets.corpus.corpus import Corpus
from rnnvis_assets.corpus.corpus_notes import notes_on_splits
from rnnvis_assets.corpus.source_documents import SourceText
from rnnvis_assets.corpus.sources import read_source, source_identity
from warehouse.errors import CorpusError
from warehouse.storage import Storage


def dataset(folder: Path, source: dict[str, Any], **settings: Any) -> DatasetConfig:
    paths = {name: str(folder / value) if name in ("path", "train", "validation", "test") else value
             for name, value in source.items()}  # fmt: skip
    labelled = source["kind"] == "table" or source.get("label") is not None
    task = "classification" if labelled else "language_model"
    return DatasetConfig.model_validate({"task": task, "source": paths, **settings})


def read(folder: Path, source: dict[str, Any], **settings: Any) -> SourceText:
    return read_source(dataset(folder, source, **settings), Storage(folder / "storage"), print)


def corpus_of(folder: Path, source: dict[str, Any], **settings: Any) -> Corpus:
    config = dataset(folder, source, **settings)
    text = read_source(config, Storage(folder / "storage"), print)
    return build_corpus("own", config, number_documents(text.documents, config.tokenizer), None)


def write_texts(folder: Path, **documents: int) -> None:
    """Numbered documents of two sentences; those of each file have words of their own."""
    for name, count in documents.items():
        text = "\n\n".join(f"{name} {number} one\n{name} {number} two" for number in range(count))
        (folder / f"{name}.txt").write_text(text)


def test_a_pattern_names_several_files_in_order(tmp_path: Path) -> None:
    write_texts(tmp_path, b=1, a=1, c=1)
    (tmp_path / "other.md").write_text("other")
    source = {"kind": "text", "path": "*.txt"}
    text = read(tmp_path, source)
    assert [document.sentences[0] for document in text.documents] == [
        "a 0 one",
        "b 0 one",
        "c 0 one",
    ]
    identity = source_identity(dataset(tmp_path, source))
    assert len(identity) == 3
    write_texts(tmp_path, b=2)
    assert source_identity(dataset(tmp_path, source)) != identity
    with pytest.raises(CorpusError, match=r"no file matches .*\*\.doc"):
        read(tmp_path, {"kind": "text", "path": "*.doc"})
    assert list(source_identity(dataset(tmp_path, {"kind": "text", "path": "x*"})).values()) == [
        "missing"
    ]


ALL = {"kind": "own_splits", "train": "t.txt", "validation": "v.txt", "test": "s.txt"}


def test_own_splits_stay_as_they_are(tmp_path: Path) -> None:
    write_texts(tmp_path, t=4, v=2, s=3)
    corpus = corpus_of(tmp_path, ALL)
    texts = {split: corpus.splits[split].texts for split in corpus.splits}
    assert {split: len(each) for split, each in texts.items()} == {
        "train": 8, "validation": 4, "test": 6}  # fmt: skip
    assert all(text.startswith("s ") for text in texts["test"])
    assert len(source_identity(dataset(tmp_path, ALL))) == 3


@pytest.mark.parametrize(
    ("missing", "dealt"),
    [
        (("test",), "train"),
        (("validation",), "train"),
        (("validation", "test"), "train"),
        (("train",), "validation"),
        (("train", "validation"), "test"),
    ],
)
def test_a_split_without_a_file_is_dealt_from_another(
    missing: tuple[str, ...], dealt: str, tmp_path: Path
) -> None:
    write_texts(tmp_path, t=50, v=50, s=50)
    source = {name: value for name, value in ALL.items() if name not in missing}
    text = read(tmp_path, source)
    assert text.notes == [
        f"no file of {' and '.join(missing)}: dealt from that of {dealt}, by the fractions of split"
    ]
    corpus = corpus_of(tmp_path, source)
    words = {"train": "t", "validation": "v", "test": "s"}
    for split in ("train", "validation", "test"):
        own = words[dealt if split in missing else split]
        assert {text[0] for text in corpus.splits[split].texts} == {own}
    sizes = {split: len(corpus.splits[split].texts) // 2 for split in (dealt, *missing)}
    assert sum(sizes.values()) == 50
    fractions = {"train": 0.8, "validation": 0.1, "test": 0.1}
    whole = sum(fractions[split] for split in sizes)
    for split, size in sizes.items():
        assert size == pytest.approx(50 * fractions[split] / whole, abs=1)


def write_tables(folder: Path, **rows: str) -> dict[str, Any]:
    for name, content in rows.items():
        (folder / f"{name}.csv").write_text(f"review,stars\n{content}")
    paths = {name: f"{name}.csv" for name in rows}
    return {"kind": "own_splits", **paths, "text": "review", "label": "stars"}


@pytest.mark.slow
def test_tables_of_each_split(tmp_path: Path) -> None:
    source = write_tables(
        tmp_path, train="a b,10\nc d,2\ne f,1\n", validation="g,2\nc d,2\n", test="h,1\na  b,2\n"
    )
    corpus = corpus_of(tmp_path, source)
    assert corpus.classes == ("1", "2", "10")
    assert corpus.splits["test"].labels is not None
    assert corpus.splits["test"].labels.tolist() == [0, 1]
    notes = list(notes_on_splits(corpus))
    assert [note.partition(":")[0] for note in notes] == [
        "1 of the documents of validation are in the training split too, such as 'c d'",
        "1 of the documents of test are in the training split too, such as 'a b'",
        "1 texts have several labels, such as 'a b'",
        "the validation split has no document of the class 1, 10",
        "the test split has no document of the class 10",
    ]


def test_faults_of_all_tables_at_once(tmp_path: Path) -> None:
    source = write_tables(tmp_path, train="a,\n", validation="b,1\n", test=",1.0\nc,x\n")
    with pytest.raises(CorpusError) as caught:
        read(tmp_path, source)
    for words in ("train.csv, 1 fault", "test.csv, 1 fault", "line 2, column 'text'"[:6]):
        assert words in caught.value.message


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ({"train": "t.txt", "label": "stars"}, "is no table and has no column 'stars'"),
        ({"train": "t.txt", "test": "s.csv"}, "some files are tables and some are text"),
    ],
)
def test_files_of_two_kinds(source: dict[str, Any], message: str, tmp_path: Path) -> None:
    write_texts(tmp_path, t=3)
    (tmp_path / "s.csv").write_text("text\na\n")
    with pytest.raises(CorpusError, match=message):
        read(tmp_path, {"kind": "own_splits", **source})


def test_no_file_at_all() -> None:
    with pytest.raises(ValueError, match="at least one of train, validation and test"):
        DatasetConfig.model_validate({"task": "language_model", "source": {"kind": "own_splits"}})
