"""Grouping the rows of a recording by word in bounded memory, however long the recording.

Neighbouring words share a bucket that fits the budget. One pass over the recording appends every
row to its bucket in a scratch file; then the buckets are read back one by one. A word too frequent
for the budget has its own bucket, read back a few units at a time. Memory grows, by about fifty
bytes a step, only where not even one unit of one word fits (1.3 million steps to 64 MiB); of the
summaries of units, which take all steps as those of one word, by sixteen.

Files in rows could also be read a few units at a time: of 10^6 steps x 600 units that took 5.5
times as long in the same memory, and as long in eight times as much.
"""

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import BufferedRandom, BytesIO
from pathlib import Path

import numpy as np

from warehouse.arrays import Float32Array, Int32Array, Int64Array
from warehouse.errors import AnalysisError
from warehouse.recording_schema import split_units

WordBlock = tuple[Int32Array, Float32Array]
"""Consecutive steps: their words int32[steps] and values float32[steps, units]."""

Scratch = BufferedRandom | BytesIO

BUDGET_BYTES = 64 * 2**20
_VALUE_BYTES = 4
_RESULT_ROWS = 6
"""Rows that a word adds to the result of its bucket: a mean and five quantiles."""
_SORTING_COPIES = 3
"""A word is in memory as read, as gathered and as sorted."""
_PLACE_BYTES = 40
"""Of a step, whatever the units: its word, its place by word, and what these are sorted with."""

_REPAIR = "report this: what was recorded is checked as it is read, so the code is wrong"


@dataclass(frozen=True)
class Bucket:
    """Words ``first_word`` and on (up to the next bucket's), ``rows`` steps in all.

    ``columns`` are the ranges of units that are read back at a time; ``offset`` is the bucket's
    first byte in the scratch file: its word ids, then its values a range of units at a time.
    """

    first_word: int
    rows: int
    columns: tuple[slice, ...]
    offset: int

    @property
    def end(self) -> int:
        return self.values_offset(self.columns[-1].stop)

    def values_offset(self, column: int) -> int:
        return self.offset + _VALUE_BYTES * self.rows * (1 + column)


def plan_buckets(counts: Int64Array, units: int, budget_bytes: int) -> tuple[Bucket, ...]:
    """Buckets for words that occur ``counts`` int64[words] times, in the order of the words. A word
    that does not fit with all copies that sorting takes has its own."""
    words = np.flatnonzero(counts)
    row_bytes = _VALUE_BYTES * units
    sizes = counts[words] * (row_bytes + _PLACE_BYTES) + _RESULT_ROWS * row_bytes
    sorting = sizes + (_SORTING_COPIES - 1) * counts[words] * row_bytes
    large = np.append(np.flatnonzero(sorting > budget_bytes), len(words))
    totals = np.cumsum(sizes)
    buckets: list[Bucket] = []
    first = spent = offset = 0
    while first < len(words):
        next_large = int(large[np.searchsorted(large, first)])
        fitting = int(np.searchsorted(totals, spent + budget_bytes, side="right"))
        last = min(fitting, next_large) if first < next_large else first + 1
        rows = int(counts[words[first:last]].sum())
        pieces = 1 if first < next_large else _pieces(rows, units, budget_bytes)
        columns = split_units(units, pieces)
        buckets.append(Bucket(int(words[first]), rows, columns, offset))
        first, spent, offset = last, int(totals[last - 1]), buckets[-1].end
    return tuple(buckets)


def _pieces(rows: int, units: int, budget_bytes: int) -> int:
    """In how many ranges of units a word is read, each of one unit at least."""
    room = budget_bytes - rows * _PLACE_BYTES
    width = max(1, room // (_SORTING_COPIES * rows * _VALUE_BYTES))
    return -(-units // width)


def read_by_bucket(
    blocks: Iterable[WordBlock],
    counts: Int64Array,
    units: int,
    *,
    scratch: Path,
    budget_bytes: int = BUDGET_BYTES,
) -> Iterator[Iterator[WordBlock]]:
    """Yields bucket after bucket, in the order of the words, each some units at a time.

    ``counts`` int64[words] says how often each word occurs in ``blocks``. Within a word, steps keep
    their order, so that how ``blocks`` are cut changes nothing. What does not fit ``budget_bytes``
    goes to an unnamed file in the folder ``scratch``, which the system frees even after kill -9.
    Raises AnalysisError where the words in ``blocks`` are not those that ``counts`` promises,
    OSError where the disk is full.
    """
    buckets = plan_buckets(counts, units, budget_bytes)
    in_memory = sum(len(bucket.columns) for bucket in buckets) <= 1
    with BytesIO() if in_memory else tempfile.TemporaryFile(dir=scratch) as file:
        _write_buckets(file, buckets, _checked(blocks, counts))
        for bucket in buckets:
            yield (_read(file, bucket, columns) for columns in bucket.columns)


def _checked(blocks: Iterable[WordBlock], counts: Int64Array) -> Iterator[WordBlock]:
    """Passes blocks on as long as they hold no more of a word than was counted, nor less in all."""
    left = counts.copy()
    for word_ids, values in blocks:
        found = np.bincount(word_ids, minlength=len(left))
        if len(found) > len(left) or (found > left).any():
            raise AnalysisError(
                "the recording holds more steps of a word than were counted", repair=_REPAIR
            )
        left -= found
        yield word_ids, values
    if left.any():
        raise AnalysisError(
            f"the recording holds {counts.sum() - left.sum()} steps, {counts.sum()} were counted",
            repair=_REPAIR,
        )


def _write_buckets(file: Scratch, buckets: Sequence[Bucket], blocks: Iterable[WordBlock]) -> None:
    first_words = np.array([bucket.first_word for bucket in buckets])
    written = [0] * len(buckets)
    for word_ids, values in blocks:
        numbers = np.searchsorted(first_words, word_ids, side="right") - 1
        for number in np.unique(numbers).tolist():
            rows = np.flatnonzero(numbers == number)
            _write(file, buckets[number], written[number], word_ids[rows], values[rows])
            written[number] += len(rows)


def _write(
    file: Scratch, bucket: Bucket, row: int, word_ids: Int32Array, values: Float32Array
) -> None:
    file.seek(bucket.offset + _VALUE_BYTES * row)
    file.write(np.ascontiguousarray(word_ids, np.int32).data)
    for columns in bucket.columns:
        width = columns.stop - columns.start
        file.seek(bucket.values_offset(columns.start) + _VALUE_BYTES * row * width)
        file.write(np.ascontiguousarray(values[:, columns], np.float32).data)


def _read(file: Scratch, bucket: Bucket, columns: slice) -> WordBlock:
    word_ids = np.empty(bucket.rows, np.int32)
    values = np.empty((bucket.rows, columns.stop - columns.start), np.float32)
    file.seek(bucket.offset)
    file.readinto(word_ids.data)
    file.seek(bucket.values_offset(columns.start))
    file.readinto(values.data)
    return word_ids, values
