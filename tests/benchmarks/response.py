"""Mean responses and exact quantiles of a recording in memory, 82,430 steps of 600 units.

The words are those of Penn Treebank's test split where ``$RNNVIS_MIRROR`` has it, else as many from
Zipf's law; what they do to the units is random.
"""

import os
from pathlib import Path

import numpy as np
import numpy.typing as npt

from rnnvis_assets.expected_response.word_statistics import (
    group_by_word,
    mean_rows,
    quantiles_of_rows,
)
from tests.benchmarks.harness import Row, speedup_row, time_row, time_side_by_side
from warehouse.schema import QUANTILES

STEPS, UNITS, VOCABULARY = 82_430, 600, 10_000
LEVELS = tuple(QUANTILES.values())


def _words() -> tuple[str, npt.NDArray[np.int32]]:
    mirror = os.environ.get("RNNVIS_MIRROR")
    file = next(Path(mirror).rglob("ptb.test.txt"), None) if mirror else None
    if file:
        words = file.read_text("utf-8").replace("\n", " <eos> ").split()
        return "Penn Treebank's words", np.unique(words, return_inverse=True)[1].astype(np.int32)
    shares = 1 / np.arange(1, VOCABULARY + 1)
    words = np.random.default_rng(0).choice(VOCABULARY, STEPS, p=shares / shares.sum())
    return "words by Zipf's law", words.astype(np.int32)


def measure() -> list[Row]:
    """The rows of the two statistics, each against the plain NumPy that a person would write."""
    name, words = _words()
    changes = np.random.default_rng(1).standard_normal((len(words), UNITS), np.float32)
    size = f"{len(words):,} × {UNITS}, {name}"

    def percentiles_word_by_word() -> None:
        groups = group_by_word(words)
        for start, count in zip(groups.starts, groups.counts, strict=True):
            rows = groups.rows[start : start + count]
            np.percentile(changes[rows], [100 * level for level in LEVELS], axis=0)

    means = time_side_by_side(
        lambda: mean_rows(group_by_word(words), changes), lambda: np.sum(changes), repeats=21
    )
    quantiles = time_side_by_side(
        lambda: quantiles_of_rows(group_by_word(words), changes, LEVELS),
        percentiles_word_by_word,
        repeats=5,
    )
    return [
        time_row(f"mean responses ({size}) / one numpy.sum", means, must=4, aim=2),
        speedup_row(
            f"five exact quantiles ({size}) / numpy.percentile by word", quantiles, must=3, aim=8
        ),
    ]
