"""What a file of text says of its dataset: a text or a table, its columns, its documents."""

from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from rnnvis_assets.configuration.dataset_config import DatasetConfig, Missing
from rnnvis_assets.corpus.source_documents import SourceDocument, SourceText
from rnnvis_assets.corpus.sources import read_source
from rnnvis_assets.corpus.table_reader import TABLE_SUFFIXES, suffix_of
from rnnvis_assets.corpus.table_source import read_rows
from rnnvis_assets.engine.stage import RunContext
from rnnvis_assets.own_text.column_choice import Columns, choose_columns
from warehouse.errors import ConfigurationError

SAMPLED_ROWS = 2_000
FEWEST_DOCUMENTS = 20
TEXT_SUFFIXES = (".txt", ".text", ".md", "")


class DescribedSource(NamedTuple):
    """The content of a dataset's file as far as the text itself decides it, its documents, and what
    was found, a line each."""

    dataset: dict[str, Any]
    documents: Sequence[SourceDocument]
    notes: tuple[str, ...]


def describe_source(
    context: RunContext,
    file: Path,
    place: str,
    text: str | None,
    label: str | None,
    missing: Missing = "refuse",
) -> DescribedSource:
    """Reads ``file``, or the text files of a folder; a configuration names it by ``place``. The
    columns ``text`` and ``label`` are as ``choose_columns`` takes them.

    Raises ConfigurationError where an option has to decide, or where it is no text; CorpusError
    where it cannot be read.
    """
    suffix = TEXT_SUFFIXES[0] if file.is_dir() else suffix_of(file)
    if suffix in TABLE_SUFFIXES:
        rows = [row for _, row in islice(read_rows(file), SAMPLED_ROWS)]
        columns = choose_columns(rows, file, text, label)
        return _describe_table(context, file, place, columns, missing)
    if suffix not in TEXT_SUFFIXES:
        raise ConfigurationError(
            f"{file}: expected a text ({', '.join(filter(None, TEXT_SUFFIXES))}), a table "
            f"({', '.join(TABLE_SUFFIXES)}) or a folder of texts",
            repair="rename or convert the file",
        )
    if text or label:
        raise ConfigurationError(
            f"{file} is read as plain text, which has no columns",
            repair="leave --text and --label out, or give a table",
        )
    return _describe_text(context, file, place)


def _describe_table(
    context: RunContext, file: Path, place: str, columns: Columns, missing: Missing
) -> DescribedSource:
    source = {"kind": "table", "path": place, "text": columns.text, "label": columns.label}
    dataset = {
        "description": _made_of(file),
        "task": "classification" if columns.label else "language_model",
        "source": source | ({} if missing == "refuse" else {"missing": missing}),
    }
    labels = f"column {columns.label!r}" if columns.label else "none, so a language model"
    found = f"text: column {columns.text!r}; labels: {labels}"
    read = _read(context, dataset)
    _require_enough(file, len(read.documents), "rows", "give a table of more rows")
    counted = (f"{name}: {count:,}" for name, count in read.figures.items() if count)
    return DescribedSource(dataset, read.documents, (*read.notes, *counted, found))


def _describe_text(context: RunContext, file: Path, place: str) -> DescribedSource:
    """Paragraphs are dealt to the splits where there are enough of them, else lines."""
    source = {"kind": "text", "path": place, "document": "paragraph"}
    dataset = {"description": _made_of(file), "task": "language_model", "source": source}
    read = _read(context, dataset)
    lines = sum(len(document.sentences) for document in read.documents)
    repair = f"fold -s -w 200 {file} > lines.txt, then rnnvis start lines.txt"
    _require_enough(file, lines, "lines", repair)
    if len(read.documents) < FEWEST_DOCUMENTS:
        dataset["source"] = source | {"document": "line"}
        read = _read(context, dataset)
    return DescribedSource(dataset, read.documents, tuple(read.notes))


def _made_of(file: Path) -> str:
    return f"made of {file.name} by rnnvis start"


def _read(context: RunContext, dataset: dict[str, Any]) -> SourceText:
    config = DatasetConfig.model_validate(dataset)
    return read_source(config, context.storage, context.report)


def _require_enough(file: Path, found: int, what: str, repair: str) -> None:
    if found < FEWEST_DOCUMENTS:
        raise ConfigurationError(
            f"{file} has {found} {what}, expected at least {FEWEST_DOCUMENTS}, each a sentence "
            "or a document",
            repair=repair,
        )
