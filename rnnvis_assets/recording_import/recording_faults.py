"""Faults of an external recording: where, what was found, what was expected, and the repair."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from warehouse.errors import RecordingError, shortened

Array = npt.NDArray[Any]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class RecordingFault:
    """One fault. ``where`` names the file, and the array, layer or line in it."""

    where: str
    found: str
    expected: str
    repair: str

    def __str__(self) -> str:
        message = f"{self.where}: found {shortened(self.found)}, expected {self.expected}"
        return f"{message}\n    repair: {self.repair}"


class UnreadableError(Exception):
    """A file or an array cannot be read, because of ``fault``. It never leaves this package."""

    def __init__(self, where: str, found: str, expected: str, repair: str) -> None:
        self.fault = RecordingFault(where, found, expected, repair)
        super().__init__(str(self.fault))


class RejectedValues:
    """Counts the values of one array that break one rule, and keeps the first of them."""

    def __init__(self, where: str, expected: str, repair: str) -> None:
        self._where, self._expected, self._repair = where, expected, repair
        self._first, self._count = "", 0

    def add(self, rejected: Mask, values: Array, first_row: int = 0) -> None:
        """Adds a block: ``rejected`` and ``values`` are both [rows] or [rows, units]."""
        count = int(np.count_nonzero(rejected))
        if count and not self._count:
            index = tuple(np.argwhere(rejected)[0].tolist())
            unit = f", unit {index[1]}" if len(index) > 1 else ""
            self._first = f"{values[index]} at row {first_row + index[0]:,}{unit}"
        self._count += count

    @property
    def faults(self) -> list[RecordingFault]:
        """One fault, or none."""
        if not self._count:
            return []
        more = f" (the first of {self._count:,})" if self._count > 1 else ""
        return [RecordingFault(self._where, self._first + more, self._expected, self._repair)]


def refuse_import(folder: Path, faults: Sequence[RecordingFault]) -> RecordingError:
    """The one error that lists every fault of a folder."""
    count = "1 fault" if len(faults) == 1 else f"{len(faults)} faults"
    listed = "".join(f"\n  {fault}" for fault in faults)
    return RecordingError(
        f"{folder}: not imported because of {count}:{listed}",
        repair=f"repair the faults above, then run rnnvis check recording {folder}",
    )
