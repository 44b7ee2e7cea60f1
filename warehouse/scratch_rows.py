"""Rows of numbers in a scratch file, of which memory holds those that are asked for."""

from dataclasses import dataclass
from typing import IO

import numpy as np

from warehouse.array_pieces import pieces
from warehouse.arrays import Float64Array, IntArray


@dataclass(frozen=True)
class ScratchRows:
    """float64[length, width] in ``file``, all 0 at first, to be read and written by the places of
    rows, int[rows]. Raises OSError where the disk is full."""

    file: IO[bytes]
    length: int
    width: int

    def __post_init__(self) -> None:
        # All room is taken now: a map of a file cannot report that its disk is full.
        for each in pieces(self.length, self.width):
            rows = len(range(self.length)[each])
            self.file.write(np.zeros((rows, self.width)).data)
        self.file.flush()

    def __getitem__(self, places: IntArray) -> Float64Array:
        return np.array(self._mapped()[places])

    def __setitem__(self, places: IntArray, rows: Float64Array) -> None:
        self._mapped()[places] = rows

    def _mapped(self) -> Float64Array:
        """A map for one use: its pages count as memory until it goes."""
        return np.memmap(self.file, np.float64, "r+", shape=(self.length, self.width))
