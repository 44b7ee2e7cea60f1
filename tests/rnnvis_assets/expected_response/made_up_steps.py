"""Steps of a recording that never was, and what plain NumPy in float64 makes of them."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from hypothesis import strategies as st

from rnnvis_assets.expected_response.mean_response import ExpectedResponse
from rnnvis_assets.expected_response.word_buckets import WordBlock

LEVELS = (0.09, 0.25, 0.5, 0.75, 0.91)


def make_steps(words: npt.ArrayLike, units: int, seed: int = 0) -> WordBlock:
    """The words as given, each with changes between -1 and 1 of ``units`` units."""
    word_ids = np.asarray(words, np.int32)
    generator = np.random.default_rng(seed)
    changes = generator.uniform(-1, 1, (len(word_ids), units)).astype(np.float32)
    return word_ids, changes


def zipf_words(steps: int, vocabulary: int, seed: int = 0) -> npt.NDArray[np.int32]:
    """Words as often as in text: the word of rank r with a frequency of 1 / r."""
    shares = 1 / np.arange(1, vocabulary + 1)
    generator = np.random.default_rng(seed)
    return generator.choice(vocabulary, steps, p=shares / shares.sum()).astype(np.int32)


@st.composite
def some_steps(draw: st.DrawFn) -> WordBlock:
    """Up to 300 steps of up to 12 words and 5 units, changes small multiples of 1/8."""
    words = draw(st.lists(st.integers(0, 11), min_size=1, max_size=300))
    units = draw(st.integers(1, 5))
    generator = np.random.default_rng(draw(st.integers(0, 9)))
    eighths = generator.integers(-8, 9, (len(words), units))
    return np.array(words, np.int32), (eighths / 8).astype(np.float32)


def cut(steps: WordBlock, at: list[int]) -> Iterator[WordBlock]:
    """The same steps as consecutive blocks, the empty ones included."""
    bounds = [0, *sorted(at), len(steps[0])]
    for start, stop in pairwise(bounds):
        yield steps[0][start:stop], steps[1][start:stop]


def expect(steps: WordBlock) -> ExpectedResponse:
    """The oracle: word by word in float64."""
    word_ids = np.unique(steps[0])
    groups = [steps[1][steps[0] == word].astype(np.float64) for word in word_ids]
    return ExpectedResponse(
        word_ids=word_ids,
        counts=np.array([len(group) for group in groups]),
        mean=np.array([group.mean(axis=0) for group in groups]),
        quantiles=np.stack([np.quantile(group, LEVELS, axis=0) for group in groups], axis=1),
    )


def summarise(values: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """The same of a unit summary: float64[9, units] of [steps, units], rows as ``STATISTICS``."""
    exact = values.astype(np.float64)
    quantiles = np.quantile(exact, LEVELS, axis=0)
    low, high = exact.min(axis=0), exact.max(axis=0)
    return np.vstack([exact.mean(axis=0), exact.std(axis=0), low, quantiles, high])


def assert_same(found: ExpectedResponse, expected: ExpectedResponse) -> None:
    np.testing.assert_array_equal(found.word_ids, expected.word_ids)
    np.testing.assert_array_equal(found.counts, expected.counts)
    np.testing.assert_allclose(found.mean, expected.mean, atol=1e-6, rtol=0)
    np.testing.assert_allclose(found.quantiles, expected.quantiles, atol=1e-6, rtol=0)
