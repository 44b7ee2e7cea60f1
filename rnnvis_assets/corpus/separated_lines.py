"""The records of separated values, read on after one that is broken."""

import csv
from collections.abc import Iterator, Sequence

from rnnvis_assets.corpus.table_faults import TableFaults
from warehouse.csv_dialect import CsvDialect

_MOST_BROKEN = 100
"""Records after which the rest is not read: each may reach to the end of the file."""


class SeparatedLines:
    """Cuts ``text``, lines with their ends, into records; ``faults`` gets those that are broken."""

    def __init__(self, text: Sequence[str], dialect: CsvDialect, faults: TableFaults) -> None:
        self._text, self._dialect, self._faults = text, dialect, faults
        self._next = 0

    def records(self) -> Iterator[tuple[int, list[str]]]:
        """The number of the first line of each record, from 1, and its fields; blank lines are no
        records. After a broken record the line that follows its first one is read."""
        reader, broken, first = self._reader(), 0, 0
        while broken < _MOST_BROKEN:
            first = self._next
            try:
                fields = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                self._report(first, str(error))
                self._next, reader, broken = first + 1, self._reader(), broken + 1
                continue
            if fields:
                yield first + 1, fields
        where, expected = f"line {first + 1:,} and all after it", "records that can be separated"
        self._faults.add(where, "too many broken records", expected, "repair those before it first")

    def _reader(self) -> Iterator[list[str]]:
        dialect = self._dialect
        return csv.reader(
            self._lines(), delimiter=dialect.separator, quotechar=dialect.quote,
            escapechar=dialect.escape, doublequote=dialect.escape is None, strict=True,
        )  # fmt: skip

    def _lines(self) -> Iterator[str]:
        while self._next < len(self._text):
            self._next += 1
            yield self._text[self._next - 1]

    def _report(self, first: int, message: str) -> None:
        """A quotation mark that is not closed swallows what follows, to the next one or the end."""
        last = self._next
        reach = f" (it reaches to line {last:,})" if last > first + 1 else ""
        found = (
            f"a quotation mark that is not closed{reach}"
            if reach or "end of data" in message
            else f"a quotation mark inside of a quoted field ({message})"
        )
        repair = "close it, or double each quotation mark inside of a quoted field"
        self._faults.add(f"line {first + 1:,}", found, "one that closes its field", repair)
