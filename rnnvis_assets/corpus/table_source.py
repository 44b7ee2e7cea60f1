"""Documents from tables: your own, and Yelp's reviews."""

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from rnnvis_assets.configuration.dataset_config import LabelledTableSource, SplitName, YelpSource
from rnnvis_assets.corpus.source_documents import SourceDocument, SourceText
from rnnvis_assets.corpus.table_faults import TableFaults, require_sound
from rnnvis_assets.corpus.table_labels import near_twins
from rnnvis_assets.corpus.table_reader import JSON_SUFFIXES, Row, TableReader, suffix_of
from warehouse.errors import near_miss

NEGATIVE, POSITIVE = "negative", "positive"
_MISSING = ("", "nan", "null")
"""What a value is spelled that is none."""
_FILL_IN = (
    "fill it in; to do without such rows, write missing: leave_out in configs/datasets, or "
    "rnnvis start FILE --leave-out-missing"
)
_CONTROL = "remove it; text has to be valid Unicode"


def read_labelled_tables(
    paths: Sequence[tuple[Path, SplitName | None]],
    source: LabelledTableSource,
    classes: tuple[str, ...] | None = None,
) -> SourceText:
    """A document a row. With a label column a document is one sentence, without one its lines are.

    Each file may be a split of its own. ``classes`` are those configured, if any. Raises
    CorpusError with every fault of all tables.
    """
    tables = [_Table(path, split, source) for path, split in paths]
    for table in tables:
        table.read()
    if classes is None:
        _report_twins(tables)
    require_sound([table.reader.faults for table in tables])
    left_out = sum(table.left_out for table in tables)
    return SourceText(
        [document for table in tables for document in table.documents],
        {"rows with a missing value left out": left_out} if source.missing == "leave_out" else {},
        [note for table in tables for note in table.reader.notes],
    )


class _Table:
    """One file while it is read."""

    def __init__(self, path: Path, split: SplitName | None, source: LabelledTableSource) -> None:
        self._split, self._source = split, source
        self.wanted = [source.text] if source.label is None else [source.text, source.label]
        self.reader = TableReader(
            path, separator=source.separator, encoding=source.encoding, wanted=self.wanted
        )
        self.documents: list[SourceDocument] = []
        self.first_of: dict[str, str] = {}
        """Where each label comes first."""
        self.left_out = 0

    def read(self) -> None:
        for row in self.reader.rows():
            absent = [name for name in self.wanted if name not in row.values]
            if absent:
                self._report_columns(row, absent)
                if suffix_of(self.reader.path) not in JSON_SUFFIXES:
                    return  # every row has the same columns
                continue
            values = [self._value(row, name) for name in self.wanted]
            if None not in values:
                self._add(row, [str(value) for value in values])

    def _report_columns(self, row: Row, absent: Sequence[str]) -> None:
        columns = ", ".join(row.values)
        for name in absent:
            self.reader.faults.add(
                row.where, f"the columns {columns}", f"a column {name!r}",
                f"name the column in configs/datasets{near_miss(name, row.values)}",
            )  # fmt: skip

    def _value(self, row: Row, name: str) -> str | None:
        """The text of a value; None, with a fault unless such rows are left out, for none."""
        value, where = row.values[name], f"{row.where}, column {name!r}"
        is_label = name == self._source.label
        if _is_missing(value, is_label=is_label or self._source.label is not None):
            if self._source.missing == "leave_out":
                self.left_out += 1
            else:
                expected = "a label" if is_label else "text"
                self.reader.faults.add(where, f"nothing ({value!r})", expected, _FILL_IN)
            return None
        if not isinstance(value, str | int | float):
            found, repair = f"a {type(value).__name__}", "write text, one value for each row"
            self.reader.faults.add(where, found, "text", repair)
            return None
        text = str(value).lower() if isinstance(value, bool) else str(value)
        try:
            text.encode()
        except UnicodeEncodeError as error:
            found = f"{_spell(text[error.start])} at character {error.start + 1:,}"
            self.reader.faults.add(where, found, "text that UTF-8 can hold", _CONTROL)
            return None
        return text

    def _add(self, row: Row, values: list[str]) -> None:
        text, *labels = values
        if not labels:
            sentences = tuple(line for line in text.splitlines() if line.strip())
            self.documents.append(SourceDocument(sentences, split=self._split))
            return
        label = labels[0].strip()
        self.first_of.setdefault(label, row.where)
        self.documents.append(SourceDocument((_one_line(text),), label, self._split))


def _is_missing(value: Any, *, is_label: bool) -> bool:
    """Null, not a number, or, of a labelled row, text that says nothing."""
    if isinstance(value, str):
        return is_label and value.strip().lower() in _MISSING
    return value is None or (isinstance(value, float) and math.isnan(value))


def _spell(character: str) -> str:
    """A lone surrogate, or the byte that it stands for."""
    code = ord(character)
    escaped = 0xDC80 <= code <= 0xDCFF
    return f"the byte 0x{code - 0xDC00:02x}" if escaped else f"the lone surrogate U+{code:04X}"


def _report_twins(tables: Sequence[_Table]) -> None:
    """Labels that are probably one class, where they come first."""
    first = {label: (table, where) for table in reversed(tables)
             for label, where in table.first_of.items()}  # fmt: skip
    for twins in near_twins(list(first)):
        table, _ = first[twins[0]]
        found = ", ".join(f"{label!r} ({first[label][1]})" for label in twins)
        table.reader.faults.add(
            f"column {table.wanted[1]!r}", f"the classes {found}", "one spelling for one class",
            "write them alike, or list them all under classes in configs/datasets",
        )  # fmt: skip


def read_rows(path: Path) -> Iterator[Row]:
    """All rows of a table. Raises CorpusError, after the last one, where any cannot be read."""
    reader = TableReader(path)
    yield from reader.rows()
    require_sound([reader.faults])


def read_yelp(path: Path, source: YelpSource) -> SourceText:
    """A document a review: 1-2 stars negative, 4-5 positive; 3 stars and long ones left out."""
    documents, figures = [], {"reviews of three stars left out": 0, "long reviews left out": 0}
    faults = TableFaults(path)
    for where, row in read_rows(path):
        stars, text = row.get("stars"), row.get("text")
        if stars not in (1, 2, 3, 4, 5):
            faults.add(where, f"stars {stars!r}", "a number from 1 to 5", "correct that row")
        elif not isinstance(text, str):
            faults.add(where, f"text {text!r}", "text", "correct that row")
        elif stars == 3:
            figures["reviews of three stars left out"] += 1
        elif len(text.split()) >= source.maximum_words:
            figures["long reviews left out"] += 1
        else:
            documents.append(
                SourceDocument((_one_line(text),), NEGATIVE if stars < 3 else POSITIVE)
            )
    require_sound([faults])
    return SourceText(documents, figures)


def _one_line(text: str) -> str:
    return " ".join(text.split())
