from pathlib import Path

import pytest

from rnnvis_assets.configuration.dataset_config import TextSource
from rnnvis_assets.corpus.source_documents import (
    SourceDocument,
    read_lines,
    read_split_files,
    read_text,
)
from warehouse.errors import CorpusError


def written(folder: Path, content: bytes, name: str = "text.txt") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def test_lines_are_read_whatever_their_ends(tmp_path: Path) -> None:
    path = written(tmp_path, "\ufeffone\r\ntwo é\n\nlast".encode())
    assert list(read_lines(path)) == ["one\r\n", "two é\n", "\n", "last"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"good\nab\0cd", "is no text: zero byte at byte offset 7"),
        ("good\ncaf\u00e9\n".encode("latin1"), "not UTF-8: byte 0xe9 at byte offset 8"),
    ],
)
def test_what_is_no_text_is_refused_with_the_offset(
    tmp_path: Path, content: bytes, message: str
) -> None:
    path = written(tmp_path, content)
    with pytest.raises(CorpusError, match=rf"text\.txt.*{message}"):
        list(read_lines(path))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"nowhere\.txt cannot be read: No such file"):
        list(read_lines(tmp_path / "nowhere.txt"))


def test_a_device_is_no_text() -> None:
    with pytest.raises(CorpusError, match="found a pipe or a device, expected a regular file"):
        list(read_lines(Path("/dev/null")))


def test_a_blank_line_ends_a_document(tmp_path: Path) -> None:
    path = written(tmp_path, b"\n one\ntwo\n \t\n\nthree\n")
    source = TextSource(kind="text", path="any")
    assert read_text(path, source).documents == [
        SourceDocument((" one", "two")),
        SourceDocument(("three",)),
    ]
    source = TextSource(kind="text", path="any", document="line")
    assert read_text(path, source).documents == [
        SourceDocument((" one",)), SourceDocument(("two",)), SourceDocument(("three",))
    ]  # fmt: skip


def test_split_files_know_their_split(tmp_path: Path) -> None:
    paths = {
        split: written(tmp_path, f"of {split}\n".encode(), f"{split}.txt")
        for split in ("train", "validation", "test")
    }
    assert read_split_files(paths).documents == [
        SourceDocument((f"of {split}",), split=split) for split in ("train", "validation", "test")
    ]
