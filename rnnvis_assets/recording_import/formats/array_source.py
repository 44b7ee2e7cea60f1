"""One array of a foreign recording, wherever it lies, read block by block from its first row.

Belongs here: what every source can do, raw bytes in a file, several files in a row. The formats
stand in modules of their own. Files are read, not mapped: mapped pages would count as memory of
this process until the whole file is in it.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from rnnvis_assets.recording_import.checks.recording_faults import Fault, FaultError

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Source(ABC):
    """An array of ``shape`` [rows] or [rows, columns]; ``place`` is its name for a person.

    Text has the dtype ``object`` or one of the kind ``U``.
    """

    place: str
    dtype: np.dtype[Any]
    shape: tuple[int, ...]

    def __len__(self) -> int:
        return self.shape[0]

    @property
    def written(self) -> "Source":
        """The numbers as the file has them."""
        return self

    @property
    def is_text(self) -> bool:
        return self.dtype.kind in "UO"

    @property
    def is_whole_number(self) -> bool:
        return self.dtype.kind in "iu"

    def blocks(self, rows: int) -> Iterator[Array]:
        """All rows in order, ``rows`` at a time, the last block shorter.

        Raises FaultError where they cannot be read to the end.
        """
        first = 0
        for block in rechunk(self._pieces(rows), rows):
            if len(block) != min(rows, len(self) - first):
                break
            if self.dtype.kind == "U" and self.dtype.itemsize:
                self._check_letters(block, first)
            yield block
            first += len(block)
        if first != len(self):
            found = f"other rows than its header says, from row {first:,} on"
            mend = "write the file again and let the program that writes it end"
            raise FaultError(Fault(self.place, found, f"{len(self):,} rows", mend))

    def _check_letters(self, block: Array, first: int) -> None:
        """NumPy takes any four bytes for a letter; not all of them are one."""
        native = np.ascontiguousarray(block, block.dtype.newbyteorder("="))
        codes = native.view(np.uint32).reshape(len(block), -1)
        wrong = (codes > 0x10FFFF) | ((codes >= 0xD800) & (codes <= 0xDFFF))
        if wrong.any():
            row = first + int(np.flatnonzero(wrong.any(axis=1))[0])
            found, mend = f"bytes at row {row:,} that are no text", "write the file again"
            raise FaultError(Fault(self.place, found, "text", mend))

    def read(self) -> Array:
        """All rows at once, for arrays of a number a sentence or a token."""
        pieces = list(self.blocks(1 << 20))
        return np.concatenate(pieces) if pieces else np.empty(self.shape, self.dtype)

    @abstractmethod
    def _pieces(self, rows: int) -> Iterator[Array]:
        """All rows in order, in pieces of about ``rows``."""


def rechunk(pieces: Iterable[Array], rows: int) -> Iterator[Array]:
    """The same rows in blocks of ``rows``, the last one shorter; pieces that fit are not copied."""
    waiting: list[Array] = []
    held = 0
    for piece in pieces:
        begin = 0
        while begin < len(piece):
            taken = piece[begin : begin + rows - held]
            waiting.append(taken)
            begin, held = begin + len(taken), held + len(taken)
            if held == rows:
                yield waiting[0] if len(waiting) == 1 else np.concatenate(waiting)
                waiting, held = [], 0
    if waiting:
        yield waiting[0] if len(waiting) == 1 else np.concatenate(waiting)


@dataclass(frozen=True)
class RawArray(Source):
    """Numbers that lie in a file one after the other, row by row, from ``offset`` bytes on."""

    path: Path
    offset: int

    def _pieces(self, rows: int) -> Iterator[Array]:
        row_items = math.prod(self.shape[1:])
        for start in range(0, len(self), rows):
            count = min(rows, len(self) - start)
            skipped = self.offset + start * row_items * self.dtype.itemsize
            values = np.fromfile(self.path, self.dtype, count * row_items, offset=skipped)
            yield values.reshape(count, *self.shape[1:])


@dataclass(frozen=True)
class Concatenated(Source):
    """The rows of several files, one after the other."""

    parts: tuple[Source, ...]

    def _pieces(self, rows: int) -> Iterator[Array]:
        for part in self.parts:
            yield from part._pieces(rows)


@dataclass(frozen=True)
class Transformed(Source):
    """The rows of another source, each block put through ``transform``; as many and as wide."""

    of: Source
    transform: Callable[[Array], Array]

    @property
    def written(self) -> Source:
        return self.of

    def _pieces(self, rows: int) -> Iterator[Array]:
        return map(self.transform, self.of._pieces(rows))


def as_float32(source: Source) -> Source:
    """The numbers of another dtype as float32."""
    return Transformed(source.place, np.dtype("<f4"), source.shape, source, to_float32)


def as_whole_numbers(source: Source) -> Source:
    """The numbers of another dtype as int64, rounded towards zero; -1 for what is no number."""
    return Transformed(source.place, np.dtype(np.int64), source.shape, source, _to_int64)


def to_float32(values: Array) -> Array:
    """The same numbers, as float32; one that is too large for it becomes infinite."""
    with np.errstate(over="ignore"):  # what becomes infinite is told as that
        return values.astype("<f4")


def _to_int64(values: Array) -> Array:
    if values.dtype.kind != "f":
        return values.astype(np.int64)
    return np.where(np.isfinite(values), np.clip(values, -(2**62), 2**62), -1).astype(np.int64)


def concatenate(place: str, parts: Sequence[Source]) -> Source:
    """One source of all rows of ``parts``. Raises FaultError where dtypes or widths differ."""
    first, *others = parts
    if not others:
        return first
    for part in others:
        if (part.dtype, part.shape[1:]) != (first.dtype, first.shape[1:]):
            found, expected = (f"{each.dtype}{list(each.shape)}" for each in (part, first))
            mend = "give all parts one dtype and one width"
            raise FaultError(Fault(part.place, found, f"one like {expected} before it", mend))
    rows = sum(map(len, parts))
    return Concatenated(place, first.dtype, (rows, *first.shape[1:]), tuple(parts))
