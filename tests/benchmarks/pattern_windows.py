"""Finding the stretches of a recording that are most like a given one: 10^6 tokens × 600 units."""

import numpy as np

from tests.benchmarks.harness import Row, absolute_row, time_side_by_side
from warehouse.pattern_search import CodedStates, nearest_windows

TOKENS, UNITS, SENTENCE, SEARCHED, LISTED = 10**6, 600, 25, 64, 12


def _states() -> CodedStates:
    random = np.random.default_rng(0)
    codes = random.integers(-100, 100, (UNITS, TOKENS), dtype=np.int8)
    return CodedStates(codes, (np.arange(TOKENS) // SENTENCE).astype(np.int32))


def measure() -> list[Row]:
    """A row for a few units, one for the most that are searched, and one for a long stretch."""
    states, rows, own = _states(), [], TOKENS // 2
    for count, length in ((4, 3), (SEARCHED, 3), (SEARCHED, 20)):
        units = np.arange(count) * (UNITS // count)
        pattern = states.codes[units, own : own + length]
        timing = time_side_by_side(
            lambda: nearest_windows(states, pattern, units, limit=LISTED, own=own),  # noqa: B023
            lambda: None,
        )
        what = f"stretches like one of {length} words × {count} units, of 10⁶ tokens × 600, ms"
        rows.append(absolute_row(what, 1000 * timing.ours, "ms", must=300, aim=150))
    return rows
