"""How the interval of a statistic is found, and how a claim is judged by it.

Belongs here: what all findings share. An interval is a 95 % bootstrap interval (Efron 1979) over
words, pairs, units or sentences, whichever is resampled; the same input gives the same interval.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.stats import bootstrap

from warehouse.arrays import AnyArray, FloatArray
from warehouse.findings_table import INCONCLUSIVE, NOT_SUPPORTED, SUPPORTED, Measurement, Verdict

CONFIDENCE = 0.95
RESAMPLES = 999
SEED = 0
FEWEST = 5
"""Of fewer items no interval is made: a bootstrap of them says next to nothing."""


@dataclass(frozen=True)
class Interval:
    """Where the statistic lies, with 95 % confidence."""

    low: float
    high: float


def bootstrap_interval(
    samples: Sequence[AnyArray],
    statistic: Callable[..., float],
    method: Literal["percentile", "basic"] = "percentile",
) -> Interval:
    """The interval of ``statistic(*samples)``, each sample (1-d, two items at least) resampled by
    itself. Give row numbers as the sample where a statistic is of whole rows.

    ``basic`` (reverse percentile) is for statistics that are biased upward in small samples, as
    mutual information is: it takes the bias away that resampling shows.
    """
    found = bootstrap(
        tuple(samples),
        statistic,
        n_resamples=RESAMPLES,
        vectorized=False,
        confidence_level=CONFIDENCE,
        method=method,
        rng=np.random.default_rng(SEED),
    ).confidence_interval
    return Interval(float(found.low), float(found.high))


def mean_interval(values: FloatArray) -> Interval:
    """The interval of a mean."""
    return bootstrap_interval((values,), np.mean)


def claim_above(
    statistic: str,
    value: float,
    interval: Interval,
    *,
    threshold: float,
    reference: float | None = None,
    explanation: str,
) -> Measurement:
    """A claim that the statistic exceeds ``threshold``."""
    if interval.low > threshold:
        verdict = SUPPORTED
    else:
        verdict = NOT_SUPPORTED if interval.high <= threshold else INCONCLUSIVE
    return _judged(statistic, value, interval, reference, threshold, verdict, explanation)


def claim_below(
    statistic: str,
    value: float,
    interval: Interval,
    *,
    threshold: float,
    reference: float | None = None,
    explanation: str,
) -> Measurement:
    """A claim that the statistic stays under ``threshold``."""
    if interval.high < threshold:
        verdict = SUPPORTED
    else:
        verdict = NOT_SUPPORTED if interval.low >= threshold else INCONCLUSIVE
    return _judged(statistic, value, interval, reference, threshold, verdict, explanation)


def _judged(
    statistic: str,
    value: float,
    interval: Interval,
    reference: float | None,
    threshold: float,
    verdict: Verdict,
    explanation: str,
) -> Measurement:
    if verdict == INCONCLUSIVE:
        explanation += " The interval includes the threshold, so the data do not decide."
    return Measurement(
        statistic, float(value), interval.low, interval.high, reference, threshold, verdict,
        explanation,
    )  # fmt: skip


def inconclusive(statistic: str, why: str) -> Measurement:
    """A statistic that could not be computed, and why."""
    return Measurement(statistic, None, None, None, None, None, INCONCLUSIVE, why)


def too_few(statistic: str, found: int, what: str) -> Measurement:
    """A statistic of fewer than ``FEWEST`` items."""
    return inconclusive(statistic, f"Found {found} {what}; {FEWEST} are needed at the least.")


def paired_difference(
    statistic: str, larger: FloatArray, smaller: FloatArray, *, items: str, explanation: str
) -> Measurement:
    """The claim that ``larger`` exceeds ``smaller`` in the mean over the same items [items]."""
    if len(larger) < FEWEST:
        return too_few(statistic, len(larger), items)
    differences = np.asarray(larger, np.float64) - smaller
    return claim_above(
        statistic,
        float(differences.mean()),
        mean_interval(differences),
        threshold=0.0,
        reference=float(np.mean(smaller)),
        explanation=f"{explanation} Over {len(differences):,} {items}.",
    )
