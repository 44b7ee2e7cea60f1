"""The rows of a recording, put together by the word that was read."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

_ROW_BITS = 32


@dataclass(frozen=True)
class Grouping:
    """Which rows belong to which word.

    ``word_ids`` int32[words], ascending, words that occur alone; ``counts`` int64[words];
    ``rows`` int64[tokens], the rows of one word after those of another, each word's in their own
    order; ``starts`` int64[words], where in ``rows`` each word's begin.
    """

    word_ids: npt.NDArray[np.int32]
    counts: npt.NDArray[np.int64]
    rows: npt.NDArray[np.int64]
    starts: npt.NDArray[np.int64]


def group_by_word(word_ids: npt.NDArray[np.int32]) -> Grouping:
    """Groups rows int32[tokens] by word, stably."""
    # Sorting (word, row) as one integer is stable by itself, and an unstable sort of integers is
    # vectorised in NumPy where a stable one is not.
    keys = (word_ids.astype(np.int64) << _ROW_BITS) | np.arange(len(word_ids))
    keys.sort()
    words = (keys >> _ROW_BITS).astype(np.int32)
    starts = np.flatnonzero(np.diff(words, prepend=-1))
    counts = np.diff(starts, append=len(words))
    return Grouping(words[starts], counts, keys & ((1 << _ROW_BITS) - 1), starts)
