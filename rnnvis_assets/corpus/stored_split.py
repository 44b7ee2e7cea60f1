"""The tokens and texts of a split that stay in their files until they are asked for.

A long text takes 4 bytes a token in memory, and more for its sentences: whoever reads it from one
end to the other reads it row group by row group.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeAlias, overload

import numpy as np
import pyarrow as pa

from warehouse.arrays import AnyArray, Int64Array
from warehouse.parquet_tables import group_offsets, row_blocks

_KEPT = 4
"""Row groups that stay in memory: who reads in order asks for each many times."""
_TOKENS_OF_A_BLOCK = 2**16


class TokenGroups:
    """A column of a table of tokens as row groups: where they begin, int64[groups + 1] ``offsets``,
    and ``read``, which gives the values of one, as ``convert`` makes them of Arrow's."""

    def __init__(
        self, path: Path, column: str, convert: Callable[[pa.ChunkedArray], AnyArray]
    ) -> None:
        self._path, self._column, self._convert = path, column, convert
        self.offsets = group_offsets(path)
        self.read = lru_cache(_KEPT)(self._read)

    def _read(self, group: int) -> AnyArray:
        start, stop = self.offsets[group : group + 2].tolist()
        rows = row_blocks(self._path, [self._column], np.array([start]), rows=stop - start)
        return np.concatenate([self._convert(block[self._column]) for _, block in rows])


@dataclass(frozen=True)
class StoredTokens:
    """A number a token, [tokens] of ``dtype``: a slice is such a column again, and the numbers of
    chosen tokens, or of all (``numpy.asarray``), are an array.

    Raises StorageError, while tokens are read, where the table is missing or damaged, and what the
    conversion of ``groups`` raises.
    """

    groups: TokenGroups
    rows: range
    dtype: np.dtype[Any]

    def __len__(self) -> int:
        return len(self.rows)

    @overload
    def __getitem__(self, tokens: slice, /) -> "StoredTokens": ...
    @overload
    def __getitem__(self, tokens: Int64Array, /) -> AnyArray: ...
    def __getitem__(self, tokens: slice | Int64Array, /) -> "StoredTokens | AnyArray":
        if isinstance(tokens, slice):
            if tokens.step not in (None, 1):
                raise IndexError(f"found steps of {tokens.step} tokens, expected all of a stretch")
            return StoredTokens(self.groups, self.rows[tokens], self.dtype)
        if tokens.size and not -len(self) <= tokens.min() <= tokens.max() < len(self):
            raise IndexError(f"tokens {tokens.min()} to {tokens.max()} of {len(self)}")
        rows, found = tokens % len(self) + self.rows.start, np.empty(tokens.shape, self.dtype)
        groups = np.searchsorted(self.groups.offsets, rows, side="right") - 1
        for group in np.unique(groups).tolist():
            here = groups == group
            found[here] = self.groups.read(group)[rows[here] - self.groups.offsets[group]]
        return found

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> AnyArray:
        found, first, last = np.empty(len(self), self.dtype), self.rows.start, self.rows.stop
        offsets = self.groups.offsets
        low = int(np.searchsorted(offsets, first, side="right")) - 1
        for group in range(low, int(np.searchsorted(offsets, last))) if self.rows else ():
            begin, end = offsets[group : group + 2].tolist()
            start, stop = max(first, begin), min(last, end)
            values = self.groups.read(group)[start - begin : stop - begin]
            found[start - first : stop - first] = values
        return found if dtype is None else found.astype(dtype, copy=False)


TokenColumn: TypeAlias = AnyArray | StoredTokens
"""A number a token: in memory, or in its file until it is read."""


def token_blocks(column: TokenColumn) -> Iterator[AnyArray]:
    """A column from the first token to the last, some at a time."""
    for start in range(0, len(column), _TOKENS_OF_A_BLOCK):
        yield np.asarray(column[start : start + _TOKENS_OF_A_BLOCK])


@dataclass(frozen=True)
class StoredTexts(Sequence[str]):
    """The texts of some sentences of a split, in order; read from its table block by block, each
    time that they are asked for.

    Raises StorageError, while they are read, where the table is missing or damaged.
    """

    path: Path
    rows: range

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[str]:
        wanted = np.asarray(self.rows)
        for start, block in row_blocks(self.path, ["text"], wanted):
            low, high = np.searchsorted(wanted, (start, start + block.num_rows))
            yield from block["text"].take(wanted[low:high] - start).to_pylist()

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> "StoredTexts": ...
    def __getitem__(self, place: int | slice) -> "str | StoredTexts":
        if isinstance(place, slice):
            return StoredTexts(self.path, self.rows[place])
        row = self.rows[place]
        return next(iter(StoredTexts(self.path, range(row, row + 1))))
