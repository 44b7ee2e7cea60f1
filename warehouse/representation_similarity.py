"""How alike two networks represent the same tokens or words: linear CKA (Kornblith et al. 2019)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from warehouse.arrays import Float64Array, FloatArray
from warehouse.errors import RecordingError
from warehouse.recordings import Recording
from warehouse.word_queries import ResponseMatrix

SHARED_TOKENS = 20_000
"""The first tokens of a split that states are compared at."""
BLOCK = 4096

Pairs = Iterable[tuple[FloatArray, FloatArray]]
"""Blocks of rows: the same tokens or words in two networks, [rows, units] each."""


@dataclass(frozen=True)
class Similarity:
    """Linear CKA over ``shared`` tokens or words, from 0 to 1; ``chance`` is that of rows dealt at
    random within their blocks. None where a network responds to all alike."""

    shared: int
    cka: float | None
    chance: float | None


class _Sums:
    """Sums of rows and of their products. Memory depends on the units, not on the rows."""

    def __init__(self) -> None:
        self.rows, self._sum, self._products = 0, np.zeros(1), np.zeros(1)

    def add(self, block: Float64Array) -> None:
        self.rows += len(block)
        self._sum = self._sum + block.sum(axis=0)
        self._products = self._products + block.T @ block

    @property
    def scatter(self) -> Float64Array:
        """Products of deviations from the mean, float64[units, units]."""
        return self._products - np.outer(self._sum, self._sum) / self.rows


def linear_cka(pairs: Pairs, seed: int = 0) -> Similarity:
    """||Y'X||² / (||X'X|| ||Y'Y||) of the columns of X and Y less their means (Eq. 4 of Kornblith
    et al. with linear kernels). Neither rotations nor scales of the units change it."""
    random, own, dealt, units = np.random.default_rng(seed), _Sums(), _Sums(), 0
    shift: Float64Array | None = None
    for first, second in pairs:
        both = np.hstack([first, second], dtype=np.float64)
        # Products of what lies near its mean lose fewer digits.
        shift = both.mean(axis=0) if shift is None else shift
        both -= shift
        units = first.shape[1]
        own.add(both)
        both[:, units:] = random.permutation(both[:, units:])
        dealt.add(both)
    if not own.rows:
        return Similarity(0, None, None)
    return Similarity(own.rows, _cka(own.scatter, units), _cka(dealt.scatter, units))


def _cka(scatter: Float64Array, units: int) -> float | None:
    """From products of both networks' units, the first ``units`` of them the first network's."""
    first, second = scatter[:units, :units], scatter[units:, units:]
    size = np.linalg.norm(first) * np.linalg.norm(second)
    if not size > 0:
        return None
    return float(np.linalg.norm(scatter[:units, units:]) ** 2 / size)


def shared_responses(
    first: tuple[ResponseMatrix, tuple[str, ...]], second: tuple[ResponseMatrix, tuple[str, ...]]
) -> Iterator[tuple[FloatArray, FloatArray]]:
    """Mean responses to the words, by their text, that both networks respond to, in one block.
    Each comes with the words of its vocabulary."""
    rows = [
        {words[word_id]: row for row, word_id in enumerate(matrix.word_ids.tolist())}
        for matrix, words in (first, second)
    ]
    common = sorted(rows[0].keys() & rows[1].keys())
    if common:
        places = [[found[word] for word in common] for found in rows]
        yield first[0].mean[places[0]], second[0].mean[places[1]]


def read_same_tokens(first: Recording, second: Recording) -> bool:
    """Whether both recordings are of the same tokens."""
    key = "words_sha256"
    return key in first.source and first.source[key] == second.source.get(key)


def shared_states(
    first: tuple[Recording, int, str],
    second: tuple[Recording, int, str],
    tokens: int = SHARED_TOKENS,
) -> Iterator[tuple[FloatArray, FloatArray]]:
    """States of a layer each at the first ``tokens`` tokens, block by block.

    Raises RecordingError where the recordings are not of the same tokens.
    """
    if not read_same_tokens(first[0], second[0]):
        raise RecordingError(
            f"{first[0].folder} and {second[0].folder} are not of the same tokens, so that their "
            "states cannot be compared",
            repair="compare networks that read the same split of one dataset",
        )
    end = min(tokens, first[0].num_tokens)
    for start in range(0, end, BLOCK):
        stop = min(start + BLOCK, end)
        one, other = (
            recording.rows(layer, (state,), start, stop)[state]
            for recording, layer, state in (first, second)
        )
        yield one, other
