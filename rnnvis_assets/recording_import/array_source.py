"""One array of an external recording, read block by block whatever file format holds it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import numpy as np

from rnnvis_assets.recording_import.recording_faults import Array, RecordingFault, UnreadableError

WRITE_AGAIN = "write the file again and let the program that writes it end"
MOST_COLUMNS = 100_000
"""Of an array: units of a layer, or likeliest words. A few rows of more would fill the memory."""

MOST_TEXT_BYTES = 1 << 30
"""Of a column of text once it is decoded: compressed, it can be a thousand times smaller."""


@dataclass(frozen=True)
class ArraySource:
    """An array of ``shape`` [rows] or [rows, columns]; ``place`` names it in messages.

    ``pieces(rows)`` reads all rows in order, in arrays of about ``rows`` rows. Text has the dtype
    ``object`` (None for no text) or one of the kind ``U``. ``precision`` is the relative rounding
    of the floats as they are stored.
    """

    place: str
    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    pieces: Callable[[int], Iterator[Array]] = field(repr=False)
    precision: float = 2.0**-23

    def __len__(self) -> int:
        return self.shape[0]

    @property
    def is_text(self) -> bool:
        return self.dtype.kind in "UO"

    def blocks(self, rows: int) -> Iterator[Array]:
        """All rows in order, ``rows`` at a time, the last block shorter.

        Raises UnreadableError where they cannot be read to the end.
        """
        first = 0
        for block in _regroup_rows(self.pieces(rows), rows):
            if len(block) != min(rows, len(self) - first):
                break
            if self.dtype.kind == "U":
                self._check_characters(block, first)
            yield block
            first += len(block)
        if first != len(self):
            raise self.misses_rows(first)

    def read(self) -> Array:
        """All rows at once, for arrays of one value per token or per sentence."""
        blocks = list(self.blocks(1 << 20))
        return np.concatenate(blocks) if blocks else np.empty(self.shape, self.dtype)

    def misses_rows(self, first: int) -> UnreadableError:
        """Says that only the rows before ``first`` could be read, or that there are more."""
        found = f"another number of rows than its header states, from row {first:,} on"
        return UnreadableError(self.place, found, f"{len(self):,} rows", WRITE_AGAIN)

    def _check_characters(self, block: Array, first: int) -> None:
        """NumPy accepts any four bytes as a character."""
        try:
            "".join(block.ravel().tolist()).encode()
        except (ValueError, SystemError) as error:
            found = f"bytes from row {first:,} on that are no text ({error})"
            raise UnreadableError(self.place, found, "text", WRITE_AGAIN) from error


NamedArray = tuple[str, ArraySource | RecordingFault]
"""An array by name, or why it cannot be read; the name is empty where a whole file is damaged."""


def _regroup_rows(pieces: Iterable[Array], rows: int) -> Iterator[Array]:
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


def concatenate_sources(place: str, parts: Sequence[ArraySource]) -> ArraySource | RecordingFault:
    """The rows of ``parts``, one after the other; a fault where dtypes or widths differ."""
    first, *others = parts
    if not others:
        return first
    for part in others:
        if (part.dtype, part.shape[1:]) != (first.dtype, first.shape[1:]):
            found, expected = (f"{each.dtype}{list(each.shape)}" for each in (part, first))
            repair = "write all parts with one dtype and one width"
            return RecordingFault(part.place, found, f"one like {expected} before it", repair)
    shape = (sum(map(len, parts)), *first.shape[1:])

    def pieces(rows: int) -> Iterator[Array]:
        return chain.from_iterable(part.pieces(rows) for part in parts)

    return ArraySource(place, first.dtype, shape, pieces)
