"""Exact statistics of the rows of every word: grouping, means and quantiles, unit by unit."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional

from warehouse.array_pieces import pieces
from warehouse.arrays import AnyArray, Float32Array, Int32Array, Int64Array

_ROW_BITS = 32
_BAG_ROWS = 64
"""Rows that are summed in float32; longer sums are put together from such bags in float64."""


@dataclass(frozen=True)
class Grouping:
    """Which rows belong to which word.

    ``word_ids`` int32[words], only words that occur, ascending; ``counts`` int64[words]; ``rows``
    int64[tokens], word after word, each word's rows in their own order; ``starts`` int64[words],
    where in ``rows`` each word's begin.
    """

    word_ids: Int32Array
    counts: Int64Array
    rows: Int64Array
    starts: Int64Array


def group_by_word(word_ids: Int32Array) -> Grouping:
    """Groups rows int32[tokens] by word, stably."""
    # Sorting (word, row) as one integer is stable by itself, and an unstable sort of integers is
    # vectorised in NumPy where a stable one is not.
    keys = word_ids.astype(np.int64)
    keys <<= _ROW_BITS
    keys |= np.arange(len(word_ids))
    keys.sort()
    words = (keys >> _ROW_BITS).astype(np.int32)
    starts = np.flatnonzero(np.diff(words, prepend=np.int32(-1)))
    counts = np.diff(starts, append=len(words))
    keys &= (1 << _ROW_BITS) - 1
    return Grouping(words[starts], counts, keys, starts)


def mean_rows(grouping: Grouping, values: Float32Array) -> Float32Array:
    """Mean over each word's rows of float32[tokens, units]: float32[words, units].

    Off by a few float32 roundings at most, however often a word occurs.
    """
    counts = grouping.counts
    bags_of_word = -(-counts // _BAG_ROWS)
    starts = np.cumsum(bags_of_word) - bags_of_word
    within_word = np.arange(bags_of_word.sum()) - np.repeat(starts, bags_of_word)
    bag_starts = np.repeat(grouping.starts, bags_of_word) + _BAG_ROWS * within_word
    bags = _sum_bags(grouping.rows, values, bag_starts)
    means: Float32Array = bags[starts]
    several = bags_of_word > 1
    if several.any():
        long = bags[np.repeat(several, bags_of_word)].astype(np.float64)
        ends = np.cumsum(bags_of_word[several])
        bounds = ends - bags_of_word[several]
        means[several] = _sum_bags(np.arange(len(long)), long, bounds)
    means /= counts[:, np.newaxis].astype(np.float32)
    return means


def _sum_bags(rows: Int64Array, values: AnyArray, bounds: Int64Array) -> AnyArray:
    """Sums of the ``rows`` of float[rows, units] from each of the bounds to the next, row by row:
    so a unit's sums do not depend on how many units there are."""
    # This takes half the time of a product with a sparse matrix of SciPy's, and uses all cores.
    bags: AnyArray = functional.embedding_bag(
        torch.from_numpy(rows), torch.from_numpy(values), torch.from_numpy(bounds), mode="sum"
    ).numpy()
    return bags


def quantiles_of_rows(
    grouping: Grouping, values: Float32Array, levels: Sequence[float]
) -> Float32Array:
    """Quantiles over each word's rows of float32[tokens, units]: float32[levels, words, units].

    Exact, with linear interpolation (NumPy's default; method 7 of Hyndman and Fan 1996).
    """
    units = values.shape[1]
    quantiles = np.empty((len(levels), len(grouping.counts), units), np.float32)

    def fill(columns: slice) -> None:
        # Words that occur equally often are sorted together.
        for count in np.unique(grouping.counts).tolist():
            alike = np.flatnonzero(grouping.counts == count)
            for each in pieces(len(alike), count * units):
                words = alike[each]
                rows = grouping.rows[grouping.starts[words, np.newaxis] + np.arange(count)]
                by_unit = values[rows, columns].swapaxes(1, 2)
                quantiles[:, words, columns] = quantiles_of_sorted(sorted_copy(by_unit), levels)

    run_by_columns(fill, units)
    return quantiles


def run_by_columns(fill: Callable[[slice], None], units: int) -> None:
    """Calls ``fill`` with ranges of units, one a thread: NumPy sorts outside Python's lock."""
    threads = torch.get_num_threads()
    bounds = [units * part // threads for part in range(threads + 1)]
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(fill, map(slice, bounds, bounds[1:])))


def sorted_copy(values: Float32Array) -> Float32Array:
    """float32[..., rows], the last axis in ascending order."""
    ordered = values.copy(order="C")  # in this order NumPy sorts in place, in vector registers
    ordered.sort(axis=-1)
    return ordered


def quantiles_of_sorted(ordered: Float32Array, levels: Sequence[float]) -> Float32Array:
    """float32[levels, ...] of ascending float32[..., rows]."""
    positions = np.array(levels) * (ordered.shape[-1] - 1)
    below = positions.astype(np.int64)
    above = np.minimum(below + 1, ordered.shape[-1] - 1)
    fractions = (positions - below).astype(np.float32)
    low, high = ordered[..., below], ordered[..., above]
    return np.moveaxis(low + (high - low) * fractions, -1, 0)
