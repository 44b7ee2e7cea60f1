"""Documents of any source, and sources that are plain text files of one sentence a line."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from rnnvis_assets.configuration.dataset_config import SplitName
from rnnvis_assets.corpus.text_encoding import decoded_lines
from warehouse.errors import CorpusError

_NO_TEXT = re.compile("[\0\ud800-\udfff]")
"""Zero bytes, and the surrogates that stand for bytes that an encoding does not have."""


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


def read_lines(path: Path, encoding: str | None, notes: list[str]) -> Iterator[str]:
    """The lines of a text file, compressed or not, each with its line end, in a stream. ``notes``
    gets the encoding, the given one or else the detected one, where it is not UTF-8.

    Raises CorpusError where the file is missing, empty or binary, and at the first byte that its
    encoding does not have.
    """
    for number, line in enumerate(decoded_lines(path, encoding, notes), 1):
        if wrong := _NO_TEXT.search(line):
            byte = ord(wrong[0]) & 0xFF
            raise CorpusError(
                f"{path}, line {number:,}, character {wrong.start() + 1:,}: found the byte "
                f"0x{byte:02x}, expected text",
                repair="remove it, or state the encoding of the file (encoding: cp1252, say) in "
                "configs/datasets",
            )
        yield line


def read_texts(
    paths: Sequence[tuple[Path, SplitName | None]],
    document: Literal["paragraph", "line"],
    encoding: str | None = None,
) -> SourceText:
    """The documents of several files, none of which goes on in the next; each file may be a split
    of its own. A sentence is a line; the encoding is detected where it is None."""
    documents, notes = [], list[str]()
    for path, split in paths:
        for sentences in _paragraphs(read_lines(path, encoding, notes)):
            pieces = [sentences] if document == "paragraph" else [(line,) for line in sentences]
            documents += [SourceDocument(piece, split=split) for piece in pieces]
    return SourceText(documents, notes=notes)


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
