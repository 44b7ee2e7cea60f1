"""How a statistic and its interval are estimated, and how a claim is judged by them.

Shared by all findings. An interval is a 95 % bootstrap interval (Efron 1979) over words, pairs,
units or sentences, whichever is resampled; equal input gives equal intervals.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.stats import bootstrap

from warehouse.arrays import AnyArray, FloatArray, IntArray
from warehouse.findings_table import INCONCLUSIVE, NOT_SUPPORTED, SUPPORTED, Measurement, Verdict

CONFIDENCE = 0.95
RESAMPLES = 999
SEED = 0
FEWEST = 5
"""Fewer items get no interval: a bootstrap of them means next to nothing."""

Method = Literal["percentile", "basic"]


@dataclass(frozen=True)
class Estimate:
    """A statistic and where it lies with 95 % confidence."""

    value: float
    low: float
    high: float


def estimate(
    samples: Sequence[AnyArray], statistic: Callable[..., float], method: Method = "percentile"
) -> Estimate:
    """``statistic(*samples)``, each sample (1-d, at least two items) resampled separately.

    ``basic`` (reverse percentile) is for statistics that are biased upward in small samples, such
    as mutual information: it removes the bias that resampling shows.
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
    return Estimate(float(statistic(*samples)), float(found.low), float(found.high))


def estimate_of_rows(
    num_rows: int, statistic: Callable[[IntArray], float], method: Method = "percentile"
) -> Estimate:
    """A statistic of whole rows, given their numbers int[rows], which are resampled."""
    return estimate((np.arange(num_rows),), statistic, method)


def estimate_mean(values: FloatArray) -> Estimate:
    """The mean of [items]."""
    return estimate((values,), np.mean)


def claim_above(
    statistic: str,
    found: Estimate,
    *,
    threshold: float,
    reference: float | None = None,
    explanation: str,
) -> Measurement:
    """A claim that the statistic exceeds ``threshold``: supported where its whole interval does."""
    refuted = found.high <= threshold
    verdict = _verdict(found.low > threshold, refuted)
    return _judged(statistic, found, reference, threshold, verdict, explanation)


def claim_below(
    statistic: str,
    found: Estimate,
    *,
    threshold: float,
    reference: float | None = None,
    explanation: str,
) -> Measurement:
    """A claim that the statistic stays under ``threshold``."""
    refuted = found.low >= threshold
    verdict = _verdict(found.high < threshold, refuted)
    return _judged(statistic, found, reference, threshold, verdict, explanation)


def _verdict(supported: bool, refuted: bool) -> Verdict:
    return SUPPORTED if supported else NOT_SUPPORTED if refuted else INCONCLUSIVE


def _judged(
    statistic: str,
    found: Estimate,
    reference: float | None,
    threshold: float,
    verdict: Verdict,
    explanation: str,
) -> Measurement:
    if verdict == INCONCLUSIVE:
        explanation += " The interval includes the threshold, so the data do not decide."
    return Measurement(
        statistic, found.value, found.low, found.high, reference, threshold, verdict, explanation
    )


def inconclusive(statistic: str, why: str) -> Measurement:
    """A statistic that could not be computed, and why."""
    return Measurement(statistic, None, None, None, None, None, INCONCLUSIVE, why)


def too_few(statistic: str, found: int, what: str) -> Measurement:
    """A statistic of fewer than ``FEWEST`` items."""
    return inconclusive(statistic, f"Found {found} {what}; at least {FEWEST} are needed.")


def paired_difference(
    statistic: str, larger: FloatArray, smaller: FloatArray, *, items: str, explanation: str
) -> Measurement:
    """The claim that ``larger`` exceeds ``smaller`` in the mean over the same items [items]."""
    if len(larger) < FEWEST:
        return too_few(statistic, len(larger), items)
    differences = np.asarray(larger, np.float64) - smaller
    return claim_above(
        statistic,
        estimate_mean(differences),
        threshold=0.0,
        reference=float(np.mean(smaller)),
        explanation=f"{explanation} Over {len(differences):,} {items}.",
    )
