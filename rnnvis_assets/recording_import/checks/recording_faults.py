"""What is wrong with a foreign recording: where, what was found and expected, how to mend it.

Belongs here: one fault, its wording, and the error that lists all of them. What counts as a fault
is decided where the thing in question is read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from warehouse.errors import RecordingError


@dataclass(frozen=True)
class Fault:
    """One thing wrong. ``where`` names the file, and the array, layer or row in it."""

    where: str
    found: str
    expected: str
    mend: str

    def __str__(self) -> str:
        return f"{self.where}: found {self.found}, expected {self.expected}\n    mend: {self.mend}"


class FaultError(Exception):
    """Reading cannot go on, because of ``fault``. It never leaves this package."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(str(fault))
        self.fault = fault


class Tally:
    """Counts the values of one array that break one rule, and remembers the first."""

    def __init__(self, where: str, expected: str, mend: str) -> None:
        self._where, self._expected, self._mend = where, expected, mend
        self._first, self._count = "", 0

    def take(
        self, wrong: npt.NDArray[np.bool_], values: npt.NDArray[np.generic], first_row: int
    ) -> None:
        """Adds a block: ``wrong`` and ``values`` are [rows] or [rows, units] alike."""
        count = int(np.count_nonzero(wrong))
        if count and not self._count:
            place = tuple(np.argwhere(wrong)[0].tolist())
            unit = f", unit {place[1]}" if len(place) > 1 else ""
            self._first = f"{values[place]} at row {first_row + place[0]:,}{unit}"
        self._count += count

    @property
    def faults(self) -> list[Fault]:
        """One fault, or none."""
        if not self._count:
            return []
        more = f" (the first of {self._count:,})" if self._count > 1 else ""
        return [Fault(self._where, self._first + more, self._expected, self._mend)]


def refuse(folder: Path, faults: Sequence[Fault], *, what: str) -> RecordingError:
    """The one error that lists every fault of a folder; ``what`` was not done because of them."""
    count = "1 fault" if len(faults) == 1 else f"{len(faults)} faults"
    listed = "".join(f"\n  {fault}" for fault in faults)
    return RecordingError(
        f"{folder}: {what}, for {count}:{listed}",
        repair=f"mend what is named above, then rnnvis check recording {folder}",
    )
