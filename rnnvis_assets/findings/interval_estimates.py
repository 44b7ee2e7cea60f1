"""How a statistic and its interval are estimated, and how a claim is judged by them.

Shared by all findings. An interval is a 95 % bootstrap interval (Efron 1979) over the items that
are resampled (words, pairs, sentences), or over seeds one by Student's t. Equal input gives
equal intervals.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
from scipy import stats

from warehouse.arrays import AnyArray, FloatArray, IntArray
from warehouse.findings_table import (
    INCONCLUSIVE,
    NOT_SUPPORTED,
    SUPPORTED,
    Measurement,
    Measurements,
    Verdict,
)

CONFIDENCE = 0.95
RESAMPLES = 999
RESAMPLED = 2**22
"""Items that are drawn at a time; of one sample, their number changes no draw."""
SEED = 0
FEWEST = 5
"""Fewer items get no interval: a bootstrap of them means next to nothing."""

Method = Literal["percentile", "basic"]


@dataclass(frozen=True)
class Estimate:
    """A statistic and where it lies with 95 % confidence, over which items.

    ``p_value`` of a threshold: two-sided, small where the statistic lies beyond it either way.
    """

    value: float
    low: float
    high: float
    over: str
    p_value: Callable[[float], float] = field(compare=False, repr=False)


def estimate(
    samples: Sequence[AnyArray],
    statistic: Callable[..., float],
    *,
    over: str,
    method: Method = "percentile",
) -> Estimate:
    """``statistic(*samples)``, each sample (1-d, at least two items) resampled separately.

    ``basic`` (reverse percentile) is for statistics that are biased upward in small samples, such
    as mutual information: it removes the bias that resampling shows.
    """
    found = stats.bootstrap(
        tuple(samples),
        statistic,
        n_resamples=RESAMPLES,
        batch=max(1, RESAMPLED // max(map(len, samples))),
        vectorized=False,
        confidence_level=CONFIDENCE,
        method=method,
        rng=np.random.default_rng(SEED),
    )
    value, interval = float(statistic(*samples)), found.confidence_interval
    drawn = found.bootstrap_distribution
    drawn = drawn if method == "percentile" else 2 * value - drawn
    return Estimate(
        value,
        float(interval.low),
        float(interval.high),
        over,
        lambda threshold: _share_beyond(drawn, threshold),
    )


def _share_beyond(drawn: FloatArray, threshold: float) -> float:
    """Twice the smaller share of resamples [resamples] on either side, none of them counted as one
    (Davison and Hinkley 1997, section 4.4)."""
    fewer = min(np.count_nonzero(drawn <= threshold), np.count_nonzero(drawn >= threshold))
    return min(1.0, 2 * (1 + int(fewer)) / (1 + len(drawn)))


def estimate_of_rows(
    num_rows: int,
    statistic: Callable[[IntArray], float],
    *,
    over: str,
    method: Method = "percentile",
) -> Estimate:
    """A statistic of whole rows, given their numbers int[rows], which are resampled."""
    return estimate((np.arange(num_rows),), statistic, over=over, method=method)


def estimate_mean(values: FloatArray, *, over: str) -> Estimate:
    """The mean of [items]."""
    return estimate((values,), np.mean, over=over)


def estimate_over_seeds(values: FloatArray) -> Estimate:
    """The mean of [seeds], a value a network, by Student's t: a bootstrap of few is too narrow."""
    error = float(np.std(values, ddof=1)) / np.sqrt(len(values))
    return _by_students_t(float(np.mean(values)), error, len(values))


def estimate_jackknifed(networks: int, statistic: Callable[[IntArray], float]) -> Estimate:
    """A statistic of several networks, given the numbers of those kept, int[kept]: by the jackknife
    (Efron 1982), which allows for a network being part of several pairs."""
    every = np.arange(networks)
    left_out = np.array([statistic(np.delete(every, place)) for place in every])
    spread = float(np.sum((left_out - left_out.mean()) ** 2))
    return _by_students_t(statistic(every), np.sqrt((networks - 1) / networks * spread), networks)


def _by_students_t(value: float, error: float, networks: int) -> Estimate:
    """``error`` is the standard error of ``value``."""
    law = stats.t(networks - 1)
    reach = error * float(law.ppf((1 + CONFIDENCE) / 2))
    return Estimate(value, value - reach, value + reach, "seeds", p_values(value, error, law))


def p_values(value: float, error: float, law: Any) -> Callable[[float], float]:
    """The two-sided p value of any threshold, of a ``value`` whose distance from it, in standard
    errors, has a distribution of SciPy's, ``law``."""

    def p_value(threshold: float) -> float:
        if not error:
            return float(value == threshold)
        return 2 * float(law.sf(abs(value - threshold) / error))

    return p_value


def claim_above(
    statistic: str,
    found: Estimate,
    *,
    threshold: float = 0.0,
    reference: float | None = None,
    explanation: str,
) -> Measurement:
    """A claim that the statistic exceeds ``threshold``: supported where its whole interval does."""
    verdict: Verdict = INCONCLUSIVE
    if found.low > threshold:
        verdict = SUPPORTED
    elif found.high <= threshold:
        verdict = NOT_SUPPORTED
    else:
        explanation += " The interval includes the threshold, so the data do not decide."
    return Measurement(
        statistic=statistic,
        value=found.value,
        low=found.low,
        high=found.high,
        interval_over=found.over,
        p_value=found.p_value(threshold),
        p_adjusted=None,
        reference=reference,
        threshold=threshold,
        verdict=verdict,
        explanation=explanation,
    )


def holm(p_values: Sequence[float]) -> list[float]:
    """The p values of several tests, adjusted for their number (Holm 1979): the smallest times it,
    the next one times one less, each at least as large as the one before, and at most 1."""
    order = np.argsort(p_values, kind="stable")
    factors = np.arange(len(order), 0, -1)
    adjusted = np.empty(len(order))
    adjusted[order] = np.maximum.accumulate(factors * np.asarray(p_values, float)[order])
    return [min(1.0, float(p)) for p in adjusted]


def adjust(parts: Measurements) -> Measurements:
    """The parts of a claim with their p values adjusted; a verdict that does not outlast it becomes
    inconclusive."""
    tested = [part for part in parts if part.p_value is not None]
    found = iter(holm([part.p_value for part in tested if part.p_value is not None]))
    return tuple(part if part.p_value is None else _adjusted(part, next(found)) for part in parts)


def _adjusted(part: Measurement, p: float) -> Measurement:
    if p <= 1 - CONFIDENCE or part.verdict == INCONCLUSIVE:
        return replace(part, p_adjusted=p)
    why = f"{part.explanation} Adjusted over the parts of the claim, p is {p:.2g}: not decided."
    return replace(part, p_adjusted=p, verdict=INCONCLUSIVE, explanation=why)


def inconclusive(statistic: str, why: str) -> Measurement:
    """A statistic that could not be computed, and why."""
    return Measurement(
        statistic=statistic,
        value=None,
        low=None,
        high=None,
        interval_over=None,
        p_value=None,
        p_adjusted=None,
        reference=None,
        threshold=None,
        verdict=INCONCLUSIVE,
        explanation=why,
    )


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
        estimate_mean(differences, over=items),
        reference=float(np.mean(smaller)),
        explanation=f"{explanation} Over {len(differences):,} {items}.",
    )
