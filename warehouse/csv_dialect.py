"""How a file of separated values is written, as DuckDB's sniffer finds it."""

from dataclasses import dataclass
from pathlib import Path

import duckdb

_EMPTY = "(empty)"


@dataclass(frozen=True)
class CsvDialect:
    """``escape`` is None where a quotation mark inside of a field is doubled."""

    separator: str
    quote: str = '"'
    escape: str | None = None


def sniff_dialect(path: Path) -> CsvDialect | None:
    """The dialect of the UTF-8 file at ``path``; None where it looks like none."""
    statement = "SELECT Delimiter, Quote, Escape FROM sniff_csv(?, all_varchar = true)"
    try:
        with duckdb.connect() as connection:
            found = connection.execute(statement, [str(path)]).fetchone()
    except duckdb.Error:
        return None
    if found is None:
        return None
    separator, quote, escape = (None if each == _EMPTY else str(each) for each in found)
    if not separator:
        return None
    quote = quote or '"'
    return CsvDialect(separator, quote, None if escape in (None, quote) else escape)
