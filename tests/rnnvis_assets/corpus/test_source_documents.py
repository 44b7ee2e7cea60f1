import gzip
from pathlib import Path

import pytest

from rnnvis_assets.configuration.dataset_config import SplitName
from rnnvis_assets.corpus.source_documents import SourceDocument, read_lines, read_texts
from warehouse.errors import CorpusError


def written(folder: Path, content: bytes, name: str = "text.txt") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def test_lines_are_read_whatever_their_ends(tmp_path: Path) -> None:
    path = written(tmp_path, "\ufeffone\r\ntwo é\n\nlast".encode())
    assert list(read_lines(path, None, [])) == ["one\r\n", "two é\n", "\n", "last"]
    old = written(tmp_path, b"one\rtwo\r\rlast\r")
    assert list(read_lines(old, None, [])) == ["one\r", "two\r", "\r", "last\r"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"good\nab\0cd", "is no text: zero byte at byte offset 7"),
        (("é" * 20 + "\ncaf").encode() + b"\xe9\n", "line 2, character 4: found the byte 0xe9"),
        (b"x\n" * 2**19 + b"ab\0", "line 524,289, character 3: found the byte 0x00"),
    ],
)
def test_what_is_no_text_is_refused_at_its_place(
    tmp_path: Path, content: bytes, message: str
) -> None:
    path = written(tmp_path, content)
    with pytest.raises(CorpusError, match=rf"text\.txt.*{message}"):
        list(read_lines(path, None, []))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"nowhere\.txt cannot be read: No such file"):
        list(read_lines(tmp_path / "nowhere.txt", None, []))


def test_a_device_is_no_text() -> None:
    with pytest.raises(CorpusError, match="found a pipe or a device, expected a regular file"):
        list(read_lines(Path("/dev/null"), None, []))


def test_a_blank_line_ends_a_document(tmp_path: Path) -> None:
    path = written(tmp_path, b"\n one\ntwo\n \t\n\nthree\n")
    assert read_texts([(path, None)], "paragraph").documents == [
        SourceDocument((" one", "two")),
        SourceDocument(("three",)),
    ]
    assert read_texts([(path, None)], "line").documents == [
        SourceDocument((" one",)), SourceDocument(("two",)), SourceDocument(("three",))
    ]  # fmt: skip


def test_split_files_know_their_split(tmp_path: Path) -> None:
    paths: list[tuple[Path, SplitName | None]] = [
        (written(tmp_path, f"of {split}\n".encode(), f"{split}.txt"), split)
        for split in ("train", "validation", "test")
    ]
    assert read_texts(paths, "paragraph", "utf-8").documents == [
        SourceDocument((f"of {split}",), split=split) for split in ("train", "validation", "test")
    ]


TEXT = "Der Bär läuft über die Straße.\n„Schön“, sagt er – für 5 €.\n"


@pytest.mark.parametrize(
    ("encoding", "found"),
    [
        ("utf-8", None),
        ("utf-8-sig", None),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf_16_le"),
        ("utf-16-be", "utf_16_be"),
        ("utf-32", "utf-32"),
        ("cp1252", "cp1252"),
    ],
)
@pytest.mark.parametrize("name", ["text.txt", "text.txt.gz"])
def test_the_encoding_is_detected_and_reported(
    encoding: str, found: str | None, name: str, tmp_path: Path
) -> None:
    content = (20 * TEXT).encode(encoding)
    path = written(tmp_path, gzip.compress(content) if name.endswith("gz") else content, name)
    text = read_texts([(path, None)], "paragraph")
    assert text.documents == [SourceDocument((*TEXT.splitlines(),) * 20)]
    assert text.notes == ([] if found is None else [f"{name}: encoding {found} (detected)"])


def test_a_stated_encoding_is_not_detected(tmp_path: Path) -> None:
    path = written(tmp_path, "всё хорошо\n".encode("koi8-r"))
    text = read_texts([(path, None)], "line", "koi8-r")
    assert text.documents == [SourceDocument(("всё хорошо",))]
    assert text.notes == ["text.txt: encoding koi8-r (stated)"]
    with pytest.raises(CorpusError, match=r"line 1, character 1: found the byte 0xd7"):
        read_texts([(path, None)], "line", "utf-8")
    with pytest.raises(CorpusError, match=r"not in the encoding utf-16: .*truncated"):
        read_texts([(written(tmp_path, b"\xff\xfea\0b"), None)], "line", "utf-16")
