"""Language-model corpora from plain text files: one file a split, or one file to be dealt out."""

from collections.abc import Iterator
from pathlib import Path

from rnnvis_assets.configuration.dataset_config import SPLITS, SplitName, TextSource
from rnnvis_assets.corpus.source_documents import SourceDocument, SourceText, read_lines


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
    paragraphs = _paragraphs(read_lines(path))
    if source.document == "paragraph":
        return SourceText([SourceDocument(sentences) for sentences in paragraphs])
    return SourceText([SourceDocument((line,)) for sentences in paragraphs for line in sentences])


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
