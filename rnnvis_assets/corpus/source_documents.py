"""Documents of any source, and sources that are plain text files of one sentence a line."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from rnnvis_assets.configuration.dataset_config import SPLITS, SplitName, TextSource
from rnnvis_assets.corpus.text_encoding import open_bytes
from warehouse.errors import CorpusError


@dataclass(frozen=True)
class SourceDocument:
    """Text that is never torn between splits: its sentences (lines), in order.

    ``label`` is its class, if any; ``split`` is set where the source itself says which.
    """

    sentences: tuple[str, ...]
    label: str | None = None
    split: SplitName | None = None


@dataclass(frozen=True)
class SourceText:
    """All documents of a source, what it counted while it read (duplicates removed, say), and
    ``notes`` on what it detected."""

    documents: Sequence[SourceDocument]
    figures: Mapping[str, int] = field(default_factory=dict)
    notes: Sequence[str] = ()


def read_lines(path: Path) -> Iterator[str]:
    """The lines of a UTF-8 text file, compressed or not, each with its line end, in a stream.

    Raises CorpusError where the file is missing, empty, binary or not UTF-8, with the offset of
    the first byte that is wrong.
    """
    offset = 0
    with open_bytes(path) as stream:
        for line in stream:
            text = _decode(line, offset, path)
            yield text if offset else text.removeprefix("\ufeff")
            offset += len(line)


def _decode(line: bytes, offset: int, path: Path) -> str:
    if b"\0" in line:
        where = offset + line.index(b"\0")
        raise CorpusError(
            f"{path} is no text: zero byte at byte offset {where}",
            repair="name a text file encoded in UTF-8",
        )
    try:
        return line.decode()
    except UnicodeDecodeError as error:
        raise CorpusError(
            f"{path} is not UTF-8: byte 0x{line[error.start]:02x} at byte offset "
            f"{offset + error.start} ({error.reason})",
            repair=f"convert it, for example: iconv -f latin1 -t utf-8 {path.name}",
        ) from error


def read_split_files(paths: dict[SplitName, Path]) -> SourceText:
    """A sentence a line, a blank line ends a document; each file is a split of its own."""
    return SourceText(
        [
            SourceDocument(sentences, split=split)
            for split in SPLITS
            for sentences in _paragraphs(read_lines(paths[split]))
        ]
    )


def read_text(path: Path, source: TextSource) -> SourceText:
    """A sentence a line; a document is a paragraph or, if the source says so, a line."""
    return read_texts([(path, None)], source.document)


def read_texts(
    paths: Sequence[tuple[Path, SplitName | None]], document: Literal["paragraph", "line"]
) -> SourceText:
    """The documents of several files, none of which goes on in the next; each file may be a split
    of its own."""
    documents = []
    for path, split in paths:
        for sentences in _paragraphs(read_lines(path)):
            pieces = [sentences] if document == "paragraph" else [(line,) for line in sentences]
            documents += [SourceDocument(piece, split=split) for piece in pieces]
    return SourceText(documents)


def _paragraphs(lines: Iterator[str]) -> Iterator[tuple[str, ...]]:
    """Runs of lines between blank ones, without their line ends."""
    run: list[str] = []
    for line in lines:
        if line.strip():
            run.append(line.rstrip("\r\n"))
        elif run:
            yield tuple(run)
            run = []
    if run:
        yield tuple(run)
