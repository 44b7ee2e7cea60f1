"""Documents from tables: your own CSV or JSON lines, and Yelp's reviews."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rnnvis_assets.configuration.dataset_config import LabelledTableSource, YelpSource
from rnnvis_assets.corpus.source_documents import SourceDocument, SourceText, read_lines
from warehouse.errors import CorpusError, shortened

JSON_SUFFIXES = (".jsonl", ".ndjson", ".json")
TABLE_SUFFIXES = (".csv", *JSON_SUFFIXES)
NEGATIVE, POSITIVE = "negative", "positive"
_LONGEST_FIELD = 2**31 - 1

Row = tuple[str, dict[str, Any]]
"""Where it stands (``file, line n``), and its values by column."""


def read_labelled_table(path: Path, source: LabelledTableSource) -> SourceText:
    """A document a row. With a label column a document is one sentence, without one its lines are.

    Raises CorpusError where a row cannot be read, or lacks its text or label.
    """
    documents = []
    for where, row in read_rows(path):
        text = _value(row, source.text, where)
        if source.label is None:
            documents.append(
                SourceDocument(tuple(line for line in text.splitlines() if line.strip()))
            )
        else:
            label = _value(row, source.label, where).strip()
            if not label:
                raise _bad_row(where, f"column {source.label!r} is empty", "a label")
            documents.append(SourceDocument((_one_line(text),), label))
    return SourceText(documents)


def read_yelp(path: Path, source: YelpSource) -> SourceText:
    """A document a review: 1-2 stars negative, 4-5 positive; 3 stars and long ones left out."""
    documents, figures = [], {"reviews of three stars left out": 0, "long reviews left out": 0}
    for where, row in read_rows(path):
        stars = row.get("stars")
        if stars not in (1, 2, 3, 4, 5):
            raise _bad_row(where, f"stars {stars!r}", "a number from 1 to 5")
        text = _one_line(_value(row, "text", where))
        if stars == 3:
            figures["reviews of three stars left out"] += 1
        elif len(text.split()) >= source.maximum_words:
            figures["long reviews left out"] += 1
        else:
            documents.append(SourceDocument((text,), NEGATIVE if stars < 3 else POSITIVE))
    return SourceText(documents, figures)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _bad_row(where: str, found: str, expected: str) -> CorpusError:
    return CorpusError(f"{where}: {found}, expected {expected}", repair="correct that row")


def _value(row: dict[str, Any], column: str, where: str) -> str:
    if column not in row:
        raise _bad_row(where, f"columns {', '.join(sorted(row))}", f"a column {column!r}")
    value = row[column]
    if isinstance(value, str):
        return value
    if isinstance(value, int | float):
        return str(value)
    raise _bad_row(where, f"column {column!r} holds {shortened(repr(value))}", "text")


def read_rows(path: Path) -> Iterator[Row]:
    """The rows of a table, read by its suffix. Raises CorpusError where one cannot be read."""
    suffix = path.suffix.lower()
    if suffix == ".csv":
        return _csv_rows(path)
    if suffix in JSON_SUFFIXES:
        return _json_rows(path)
    raise CorpusError(
        f"{path}: tables are read by suffix, found {suffix or 'none'!r}, "
        f"expected {', '.join(TABLE_SUFFIXES)}",
        repair="rename or convert the file",
    )


def _csv_rows(path: Path) -> Iterator[Row]:
    csv.field_size_limit(_LONGEST_FIELD)  # a document may be longer than csv's 131,072 characters
    reader = csv.DictReader(read_lines(path), strict=True)
    try:
        for row in reader:
            where = f"{path}, line {reader.line_num}"
            if None in row or None in row.values():
                raise _bad_row(where, "another number of fields", str(len(reader.fieldnames or ())))
            yield where, dict(row)
    except csv.Error as error:
        raise CorpusError(
            f"{path}, line {reader.reader.line_num}: {error}", repair="correct that row"
        ) from error


def _json_rows(path: Path) -> Iterator[Row]:
    for number, line in enumerate(read_lines(path), 1):
        where = f"{path}, line {number}"
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise _bad_row(where, f"not JSON ({error})", "one JSON object a line") from error
        if not isinstance(row, dict):
            raise _bad_row(where, f"a JSON {type(row).__name__}", "one JSON object a line")
        yield where, row
