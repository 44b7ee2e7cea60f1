"""How alike two networks represent the same tokens or words: linear CKA (Kornblith et al. 2019)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from warehouse.arrays import Float64Array, FloatArray
from warehouse.errors import RecordingError
from warehouse.recordings import Recording
from warehouse.stored_responses import StoredResponses
from warehouse.word_queries import ResponseMatrix

SHARED_TOKENS = 20_000
"""The first tokens of a split that states are compared at."""
BLOCK = 4096

Responses = tuple[ResponseMatrix | StoredResponses, tuple[str, ...]]
"""Mean responses, and the words of their vocabulary."""
Pairs = Iterable[tuple[FloatArray, FloatArray]]
"""Blocks of rows: the same tokens or words in two networks, [rows, units] each."""


@dataclass(frozen=True)
class Similarity:
    """Linear CKA over ``shared`` tokens or words, from 0 to 1; ``chance`` is that of rows dealt at
    random within their blocks. None where a network responds to all alike."""

    shared: int
    cka: float | None
    chance: float | None


class _Products:
    """Sums of the rows of two networks and of the products of their units. Memory depends on the
    units, not on the rows."""

    def __init__(self) -> None:
        self.rows, self._sums = 0, [np.zeros(1), np.zeros(1)]
        self._products = {pair: np.zeros(1) for pair in ("own", "other", "both", "dealt")}

    def add(self, own: Float64Array, other: Float64Array, dealt: Float64Array) -> None:
        """Rows of both networks, and those of the second in another order."""
        self.rows += len(own)
        for number, block in enumerate((own, other)):
            self._sums[number] = self._sums[number] + block.sum(axis=0)
        factors = {"own": (own, own), "other": (other, other), "both": (own, other)}
        for pair, (left, right) in {**factors, "dealt": (own, dealt)}.items():
            self._products[pair] = self._products[pair] + left.T @ right

    def size(self, pair: str, left: int, right: int) -> float:
        """The norm of a pair's products of deviations from the means of both sides."""
        means = np.outer(self._sums[left], self._sums[right]) / self.rows
        return float(np.linalg.norm(self._products[pair] - means))


def linear_cka(pairs: Pairs, seed: int = 0) -> Similarity:
    """||Y'X||² / (||X'X|| ||Y'Y||) of the columns of X and Y less their means (Eq. 4 of Kornblith
    et al. with linear kernels). Neither rotations nor scales of the units change it."""
    random, products = np.random.default_rng(seed), _Products()
    shifts: list[Float64Array] = []
    for pair in pairs:
        # Products of what lies near its mean lose fewer digits.
        shifts = shifts or [block.mean(axis=0, dtype=np.float64) for block in pair]
        own, other = (block - shift for block, shift in zip(pair, shifts, strict=True))
        products.add(own, other, random.permutation(other))
    if not products.rows:
        return Similarity(0, None, None)
    sizes = products.size("own", 0, 0) * products.size("other", 1, 1)
    found = [products.size(pair, 0, 1) ** 2 for pair in ("both", "dealt")]
    cka, chance = (size / sizes if sizes > 0 else None for size in found)
    return Similarity(products.rows, cka, chance)


def shared_responses(
    first: Responses, second: Responses
) -> Iterator[tuple[FloatArray, FloatArray]]:
    """Mean responses to the words, by their text, that both networks respond to, block by block."""
    rows = [
        {words[word_id]: row for row, word_id in enumerate(matrix.word_ids.tolist())}
        for matrix, words in (first, second)
    ]
    common = sorted(rows[0].keys() & rows[1].keys())
    for start in range(0, len(common), BLOCK):
        words = common[start : start + BLOCK]
        one, other = (np.array([found[word] for word in words]) for found in rows)
        yield first[0].mean[one], second[0].mean[other]


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
