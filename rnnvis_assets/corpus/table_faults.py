"""Faults of a table, collected so that all are reported at once."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from warehouse.errors import CorpusError

MOST_LISTED = 20
"""Faults of one kind that are written out; the others are counted."""


@dataclass(frozen=True)
class TableFault:
    """One fault. ``where`` names the row (``line 3``, say) and the column, if it is in one."""

    where: str
    found: str
    expected: str
    repair: str

    def __str__(self) -> str:
        return f"{self.where}: found {self.found}, expected {self.expected}"


@dataclass
class TableFaults:
    """All faults so far of the table in the file ``path``."""

    path: Path
    faults: list[TableFault] = field(default_factory=list)

    def add(self, where: str, found: str, expected: str, repair: str) -> None:
        """Adds a fault."""
        self.faults.append(TableFault(where, found, expected, repair))


def require_sound(tables: Sequence[TableFaults]) -> None:
    """Raises CorpusError with every fault of all ``tables``, where there is one."""
    faulty = [table for table in tables if table.faults]
    if faulty:
        listed = "".join(f"\n{_listed(table)}" for table in faulty)
        raise CorpusError(
            f"the table is not read because of its faults:{listed}",
            repair="repair the rows above, each as stated, and run the same command again",
        )


def _listed(table: TableFaults) -> str:
    """By repair, in the order in which each came first."""
    count = len(table.faults)
    lines = [f"{table.path}, {count:,} {'fault' if count == 1 else 'faults'}:"]
    for repair in dict.fromkeys(fault.repair for fault in table.faults):
        alike = [fault for fault in table.faults if fault.repair == repair]
        lines += [f"  {fault}" for fault in alike[:MOST_LISTED]]
        if len(alike) > MOST_LISTED:
            lines.append(f"  and {len(alike) - MOST_LISTED:,} more of this kind")
        lines.append(f"    repair: {repair}")
    return "\n".join(lines)
