"""Exact quantiles of the rows of every word, for every unit."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import torch

from rnnvis_assets.expected_response.group_by_word import Grouping

Floats = npt.NDArray[np.float32]
_T = TypeVar("_T")

_TILE_BYTES = 2**20
"""What is sorted at a time, to stay in a core's own cache."""
_FEWEST_UNITS = 16
"""Units of a tile at least: a cache line, so that gathering rows wastes none."""
_NETWORK_ROWS = 32
"""Up to this many rows a sorting network, vectorised over units, beats sorting unit by unit."""


def quantiles_of_rows(grouping: Grouping, values: Floats, levels: Sequence[float]) -> Floats:
    """Quantiles over each word's rows of float32[tokens, units]: float32[levels, words, units].

    Exact, with linear interpolation (NumPy's default; method 7 of Hyndman and Fan 1996).
    """
    units = values.shape[1]
    quantiles = np.empty((len(levels), len(grouping.word_ids), units), np.float32)

    def fill(tile: _Tile) -> None:
        quantiles[:, tile.words, tile.units] = _quantiles_of_tile(grouping, values, tile, levels)

    _run_side_by_side(fill, _tiles(grouping.counts, units))
    return quantiles


def quantiles_of_columns(values: Floats, levels: Sequence[float]) -> Floats:
    """The same over all rows of float32[tokens, units]: float32[levels, units]."""
    rows, units = values.shape
    quantiles = np.empty((len(levels), 1, units), np.float32)

    def fill(columns: slice) -> None:
        ordered = _sort_unit_by_unit(values[:, np.newaxis, columns])
        quantiles[:, :, columns] = _interpolate(ordered, levels)

    width = _narrow(rows, units)
    _run_side_by_side(fill, (slice(left, left + width) for left in range(0, units, width)))
    return quantiles[:, 0]


def _run_side_by_side(task: Callable[[_T], None], arguments: Iterable[_T]) -> None:
    with ThreadPoolExecutor(torch.get_num_threads()) as pool:
        for _ in pool.map(task, arguments):
            pass


@dataclass(frozen=True)
class _Tile:
    """Words that occur equally often (``count`` times), and a range of units."""

    words: npt.NDArray[np.int64]
    count: int
    units: slice


def _tiles(counts: npt.NDArray[np.int64], units: int) -> Iterator[_Tile]:
    for count in np.unique(counts).tolist():
        words = np.flatnonzero(counts == count)
        height, width = _tile_shape(count, units)
        for top in range(0, len(words), height):
            for left in range(0, units, width):
                yield _Tile(words[top : top + height], count, slice(left, left + width))


def _tile_shape(count: int, units: int) -> tuple[int, int]:
    """Words and units of a tile: many words whole, or some units of one."""
    word_bytes = 4 * count * units
    if word_bytes <= _TILE_BYTES:
        return _TILE_BYTES // word_bytes, units
    return 1, _narrow(count, units)


def _narrow(count: int, units: int) -> int:
    """Units of a tile of one word, or part of one, such that every worker gets a tile."""
    fitting = max(_TILE_BYTES // (4 * count), _FEWEST_UNITS)
    return min(fitting, -(-units // torch.get_num_threads()))


def _quantiles_of_tile(
    grouping: Grouping, values: Floats, tile: _Tile, levels: Sequence[float]
) -> Floats:
    rows = grouping.rows[grouping.starts[tile.words] + np.arange(tile.count)[:, np.newaxis]]
    gathered = values[:, tile.units][rows]
    sort = _sort_by_network if tile.count <= _NETWORK_ROWS else _sort_unit_by_unit
    return _interpolate(sort(gathered), levels)


def _interpolate(ordered: Floats | list[Floats], levels: Sequence[float]) -> Floats:
    """Quantiles of values that ascend along the first axis: float32[levels, ...]."""
    return np.stack([_quantile(ordered, level) for level in levels])


def _quantile(ordered: Floats | list[Floats], level: float) -> Floats:
    position = level * (len(ordered) - 1)
    below = int(position)
    share = np.float32(position - below)
    if not share:
        return ordered[below]
    return ordered[below] + (ordered[below + 1] - ordered[below]) * share


def _sort_unit_by_unit(values: Floats) -> Floats:
    """Sorts along the first axis, each unit's values side by side in memory."""
    lanes = np.ascontiguousarray(values.transpose(1, 2, 0))
    lanes.sort(axis=-1)
    return lanes.transpose(2, 0, 1)


def _sort_by_network(values: Floats) -> list[Floats]:
    """Sorts along the first axis, overwriting ``values``, with whole rows as the elements."""
    ordered = list(values)
    spare = np.empty_like(ordered[0])
    for low, high in _comparators(len(ordered)):
        lower, upper = ordered[low], ordered[high]
        np.minimum(lower, upper, out=spare)
        np.maximum(lower, upper, out=upper)
        ordered[low], spare = spare, lower
    return ordered


@cache
def _comparators(size: int) -> tuple[tuple[int, int], ...]:
    """Batcher's merge exchange (Knuth, TAOCP vol. 3, algorithm 5.2.2M): a sorting network."""
    pairs: list[tuple[int, int]] = []
    half = 1 << (size - 1).bit_length() >> 1
    p = half
    while p:
        q, r, distance = half, 0, p
        while True:
            pairs += [(i, i + distance) for i in range(size - distance) if i & p == r]
            if q == p:
                break
            distance, q, r = q - p, q >> 1, p
        p >>= 1
    return tuple(pairs)
