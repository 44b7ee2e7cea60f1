"""The records of separated values, read on after one that is broken."""

import csv
from collections.abc import Iterator, Sequence
from itertools import islice

from rnnvis_assets.corpus.table_faults import TableFaults
from warehouse.csv_dialect import CsvDialect

_MOST_BROKEN = 100
"""Records after which the rest is not read: each may reach to the end of the file."""


def separated_records(
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
            _report(faults, first, start + reader.line_num, str(error))
            start = first + 1
        else:
            return
    where, expected = f"line {first + 1:,} and all after it", "records that can be separated"
    faults.add(where, "too many broken records", expected, "repair those before it first")


def _report(faults: TableFaults, first: int, last: int, message: str) -> None:
    """A quotation mark that is not closed swallows what follows, to the next one or the end."""
    reach = f" (it reaches to line {last:,})" if last > first + 1 else ""
    found = (
        f"a quotation mark that is not closed{reach}"
        if reach or "end of data" in message
        else f"a quotation mark inside of a quoted field ({message})"
    )
    repair = "close it, or double each quotation mark inside of a quoted field"
    faults.add(f"line {first + 1:,}", found, "one that closes its field", repair)
