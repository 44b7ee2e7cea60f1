"""Whether two releases say the same, table by table."""

from collections.abc import Mapping

from warehouse.reader import Release
from warehouse.schema import TABLES
from warehouse.table_content import rows_sha256


def differing_columns(first: Release, second: Release) -> Mapping[str, tuple[str, ...]]:
    """For every table the columns that differ in any bit, in the order of its key; none where all
    are the same. Volatile columns are not compared."""
    return {name: _differing(name, first, second) for name in TABLES}


def _differing(name: str, first: Release, second: Release) -> tuple[str, ...]:
    table = TABLES[name]
    rows = [release.database.rows(table) for release in (first, second)]
    return tuple(
        column
        for column in table.repeatable
        if len({rows_sha256(each.select([column])) for each in rows}) > 1
    )
