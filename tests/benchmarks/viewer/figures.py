"""Medians and 95th percentiles as rows of the results."""

import numpy as np

from tests.benchmarks.harness import Row, absolute_row

REPEATS = 30


def median(times: list[float]) -> float:
    return float(np.median(times))


def p95(times: list[float]) -> float:
    return float(np.percentile(times, 95))


def median_row(what: str, times: list[float], *, must: float, aim: float) -> Row:
    return absolute_row(f"{what}, median", median(times), "ms", must=must, aim=aim)


def p95_row(what: str, times: list[float], *, must: float, aim: float) -> Row:
    return absolute_row(f"{what}, p95", p95(times), "ms", must=must, aim=aim)


def ratio_row(
    what: str, ours: float, baseline: float, unit: str, *, must: float, aim: float
) -> Row:
    """Ours over the baseline's, bounded from above."""
    return Row(what, ours, baseline, unit, ours / baseline, must, aim, "at most")
