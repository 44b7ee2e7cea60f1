"""The rows of a table: CSV and TSV, JSON lines and JSON, each also compressed, and Parquet.

Separator and encoding are detected where they are not stated. Faults are collected, so that the
rows after one are read too.
"""

import csv
import json
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from rnnvis_assets.corpus.table_faults import TableFaults
from rnnvis_assets.corpus.text_encoding import decoded_lines
from warehouse.csv_dialect import CsvDialect, sniff_dialect
from warehouse.errors import CorpusError

SEPARATED = {".csv": ",", ".tsv": "\t", ".tab": "\t"}
"""Suffixes of files of separated values, and their separators where none can be detected."""
JSON_SUFFIXES = (".jsonl", ".ndjson", ".json")
TABLE_SUFFIXES = (*SEPARATED, *JSON_SUFFIXES, ".parquet")
_MOST_BROKEN = 100
"""Records after which the rest is not read: each may reach to the end of the file."""
_SAMPLE_CHARACTERS = 1 << 17
_SPELLED = {"\t": "tab", " ": "blank"}


class Row(NamedTuple):
    """Where it stands (``line 3``), and its values by column, typed in JSON and Parquet."""

    where: str
    values: dict[str, Any]


def suffix_of(path: Path) -> str:
    """The suffix that says how a file is read, without that of its compression."""
    unpacked = path.with_suffix("") if path.suffix.lower() == ".gz" else path
    return unpacked.suffix.lower()


class TableReader:
    """Reads the table at ``path``. ``wanted`` columns help to tell the separator.

    ``notes`` say what was detected. ``faults`` are complete once all rows have been read. Raises
    CorpusError where the file cannot be read at all.
    """

    def __init__(
        self,
        path: Path,
        *,
        separator: str | None = None,
        encoding: str | None = None,
        wanted: Iterable[str] = (),
    ) -> None:
        self.path, self.faults, self.notes = path, TableFaults(path), list[str]()
        self._separator, self._encoding, self._wanted = separator, encoding, set(wanted)
        if suffix_of(path) not in TABLE_SUFFIXES:
            raise CorpusError(
                f"{path}: tables are read by suffix, found {suffix_of(path) or 'none'!r}, "
                f"expected {', '.join(TABLE_SUFFIXES)}, or one of them and .gz",
                repair="rename or convert the file",
            )

    def rows(self) -> Iterator[Row]:
        """All rows that can be read."""
        suffix = suffix_of(self.path)
        if suffix == ".parquet":
            return self._parquet_rows()
        return self._separated_rows(SEPARATED[suffix]) if suffix in SEPARATED else self._json_rows()

    def _text(self) -> Iterator[str]:
        return decoded_lines(self.path, self._encoding, self.notes)

    def _separated_rows(self, usual: str) -> Iterator[Row]:
        text = list(self._text())
        dialect = self._dialect(text, usual)
        name = _SPELLED.get(dialect.separator, dialect.separator)
        if dialect.separator != usual or self._separator:
            found = "stated" if self._separator else "detected"
            self.notes.append(f"{self.path.name}: separator {name!r} ({found})")
        header: list[str] | None = None
        for number, fields in _separated_records(text, dialect, self.faults):
            where = f"line {number:,}"
            if header is None:
                header = [field.strip() for field in fields]
                self._check_header(where, header)
            elif len(fields) != len(header):
                expected = f"{len(header)}, as the header has, separated by {name!r}"
                repair = "put quotation marks around a text that holds the separator"
                self.faults.add(where, f"{len(fields)} fields", expected, repair)
            else:
                yield Row(where, dict(zip(header, fields, strict=True)))

    def _check_header(self, where: str, header: list[str]) -> None:
        for name in sorted({name for name in header if header.count(name) > 1}):
            if not self._wanted or name in self._wanted:
                places = [str(place) for place, each in enumerate(header, 1) if each == name]
                found = f"the column {name!r} {len(places)} times (columns {', '.join(places)})"
                self.faults.add(where, found, "each name once", "rename all but one of them")

    def _dialect(self, text: list[str], usual: str) -> CsvDialect:
        """The stated one, else that of DuckDB's sniffer, unless only another one's header has the
        wanted columns."""
        if self._separator is not None:
            return CsvDialect(self._separator)
        sniffed = _sniff(text)
        fallbacks = [CsvDialect(separator) for separator in (usual, ",", ";", "\t", "|")]
        likely = [*([sniffed] if sniffed else []), *fallbacks]
        header = text[0].rstrip("\r\n") if text else ""
        for dialect in likely:
            names = {name.strip().strip('"') for name in header.split(dialect.separator)}
            if self._wanted and self._wanted <= names:
                return dialect
        return likely[0]

    def _json_rows(self) -> Iterator[Row]:
        lines = self._text()
        first = next(lines, "")
        if first.lstrip().startswith("["):
            yield from self._json_list(first + "".join(lines))
            return
        for number, line in enumerate(chain([first], lines), 1):
            if line.strip():
                yield from self._json_row(f"line {number:,}", line.rstrip("\r\n"))

    def _json_list(self, text: str) -> Iterator[Row]:
        try:
            elements = json.loads(text)
        except (ValueError, RecursionError) as error:
            expected = "a list of objects, or one object a line"
            where = f"line {getattr(error, 'lineno', 1)}"
            self.faults.add(where, f"no JSON ({error})", expected, "correct it there")
            return
        for number, element in enumerate(elements):
            yield from self._json_object(f"element {number:,}", element)

    def _json_row(self, where: str, line: str) -> Iterator[Row]:
        twice: list[str] = []

        def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
            names = [name for name, _ in pairs]
            twice.extend({name for name in names if names.count(name) > 1})
            return dict(pairs)

        try:
            row = json.loads(line, object_pairs_hook=unique)
        except (ValueError, RecursionError) as error:
            place = f"{where}, column {getattr(error, 'colno', 1)}"
            self.faults.add(
                place, f"no JSON ({error})", "one JSON object a line", "correct it there"
            )
            return
        for name in twice:
            found = f"the column {name!r} several times"
            self.faults.add(where, found, "each name once", "remove all but one of them")
        yield from self._json_object(where, row)

    def _json_object(self, where: str, row: Any) -> Iterator[Row]:
        if isinstance(row, dict):
            yield Row(where, row)
        else:
            found, expected = f"a JSON {type(row).__name__}", "an object of columns and values"
            self.faults.add(where, found, expected, "write one object for each row")

    def _parquet_rows(self) -> Iterator[Row]:
        try:
            with pq.ParquetFile(self.path) as file:
                names = file.schema_arrow.names
                self._check_header("the schema", names)
                wanted = [name for name in names if not self._wanted or name in self._wanted]
                first = 0
                for batch in file.iter_batches(columns=wanted or names):
                    yield from _batch_rows(batch, first)
                    first += len(batch)
        except (pa.ArrowException, OSError) as error:
            raise CorpusError(
                f"{self.path} cannot be read as Parquet: {error}", repair="write the file again"
            ) from error


def _separated_records(
    text: Sequence[str], dialect: CsvDialect, faults: TableFaults
) -> Iterator[tuple[int, list[str]]]:
    """The number of the first line of each record in ``text``, lines with their ends, from 1, and
    its fields; blank lines are no records. ``faults`` gets those that are broken: after one the
    line that follows its first one is read."""
    start = first = 0
    for _ in range(_MOST_BROKEN):
        reader = csv.reader(
            islice(text, start, None), delimiter=dialect.separator, quotechar=dialect.quote,
            escapechar=dialect.escape, doublequote=dialect.escape is None, strict=True,
        )  # fmt: skip
        first = start
        try:
            for fields in reader:
                if fields:
                    yield first + 1, fields
                first = start + reader.line_num
        except csv.Error as error:
            _report_quotation(faults, first, start + reader.line_num, str(error))
            start = first + 1
        else:
            return
    where, expected = f"line {first + 1:,} and all after it", "records that can be separated"
    faults.add(where, "too many broken records", expected, "repair those before it first")


def _report_quotation(faults: TableFaults, first: int, last: int, message: str) -> None:
    """A quotation mark that is not closed swallows what follows, to the next one or the end."""
    reach = f" (it reaches to line {last:,})" if last > first + 1 else ""
    found = (
        f"a quotation mark that is not closed{reach}"
        if reach or "end of data" in message
        else f"a quotation mark inside of a quoted field ({message})"
    )
    repair = "close it, or double each quotation mark inside of a quoted field"
    faults.add(f"line {first + 1:,}", found, "one that closes its field", repair)


def _batch_rows(batch: pa.RecordBatch, first: int) -> Iterator[Row]:
    columns = {name: _values(column) for name, column in zip(batch.schema.names, batch.columns,
                                                             strict=True)}  # fmt: skip
    for index in range(len(batch)):
        values = {name: column[index] for name, column in columns.items()}
        yield Row(f"row {first + index:,}", values)


def _values(column: pa.Array) -> list[Any]:
    """As Python values; text that is no UTF-8 has lone surrogates."""
    try:
        return list(column.to_pylist())
    except UnicodeDecodeError:
        stored = column.cast(pa.large_binary()).to_pylist()
        return [
            None if each is None else each.decode("utf-8", "surrogateescape") for each in stored
        ]


def _sniff(text: list[str]) -> CsvDialect | None:
    sample, size = [], 0
    for line in text:
        sample.append(line)
        size += len(line)
        if size > _SAMPLE_CHARACTERS:
            break
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sample.csv"
        path.write_text("".join(sample), "utf-8", "replace", newline="")
        return sniff_dialect(path)


csv.field_size_limit(2**31 - 1)  # a text may be longer than csv's 131,072 characters
