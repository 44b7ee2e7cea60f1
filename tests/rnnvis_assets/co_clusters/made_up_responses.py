"""Made-up responses of words [words, units]: low rank with noise, and planted blocks."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def low_rank(words: int, units: int, *, rank: int = 6, seed: int = 0) -> Floats:
    """Mixed signs: a few directions of falling strength, and noise."""
    generator = np.random.default_rng(seed)
    strengths = generator.exponential(1, rank)
    left = generator.standard_normal((words, rank)) * strengths
    right = generator.standard_normal((rank, units))
    return left @ right / np.sqrt(rank) + 0.5 * generator.standard_normal((words, units))


def planted(
    word_blocks: npt.ArrayLike, unit_blocks: npt.ArrayLike, *, noise: float = 0.1, seed: int = 0
) -> Floats:
    """About 1 where a word's block is the unit's, about 0 elsewhere."""
    same = np.equal.outer(np.asarray(word_blocks), np.asarray(unit_blocks))
    generator = np.random.default_rng(seed)
    return same + noise * generator.standard_normal(same.shape)
