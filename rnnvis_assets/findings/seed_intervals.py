"""What holds over networks that differ in nothing but the seed: every statistic, seed by seed."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np

from rnnvis_assets.co_clusters.cluster_blocks import adjusted_rand_index
from rnnvis_assets.findings.interval_estimates import (
    FEWEST,
    claim_above,
    estimate_jackknifed,
    estimate_over_seeds,
    inconclusive,
    too_few,
)
from warehouse.arrays import FloatArray, IntArray
from warehouse.findings_table import Claim, JudgedClaim, Measurement

AGREEMENT = "agreement of word clusters between seeds (adjusted Rand index)"
AGREED = 0.1
"""Of an index that is 0 by chance and 1 for equal clusters; chance itself has some spread."""


def claims_over_seeds(by_seed: Sequence[Sequence[JudgedClaim]]) -> tuple[JudgedClaim, ...]:
    """The claims of every network [seeds], each statistic with an interval over the seeds."""
    found: dict[Claim, dict[str, list[Measurement]]] = {}
    for claims in by_seed:
        for claim in claims:
            for part in claim.parts:
                found.setdefault(claim.about, {}).setdefault(part.statistic, []).append(part)
    return tuple(
        JudgedClaim(about, tuple(over_seeds(parts, len(by_seed)) for parts in statistics.values()))
        for about, statistics in found.items()
    )


def over_seeds(parts: Sequence[Measurement], seeds: int) -> Measurement:
    """A statistic of several networks as one, its mean over ``seeds`` with an interval by Student's
    t (thresholds that differ between networks are taken off each first)."""
    statistic = parts[0].statistic
    known = [
        (part.value, part.threshold)
        for part in parts
        if part.value is not None and part.threshold is not None
    ]
    if not known:
        return inconclusive(statistic, parts[0].explanation)
    if len(known) < FEWEST:
        return too_few(statistic, len(known), f"of {seeds} seeds that have the statistic")
    values, thresholds = np.array(known).T
    threshold = float(thresholds.mean())
    found = claim_above(
        statistic,
        estimate_over_seeds(values - thresholds + threshold),
        threshold=threshold,
        reference=_mean(part.reference for part in parts),
        explanation=_explanation(values, parts, seeds),
    )
    return replace(found, paper_value=_mean(part.paper_value for part in parts))


def _mean(values: Iterable[float | None]) -> float | None:
    """Of those that are known, None without any."""
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


def _explanation(values: FloatArray, parts: Sequence[Measurement], seeds: int) -> str:
    verdicts = Counter(part.verdict for part in parts)
    each = ", ".join(f"{verdict} in {number}" for verdict, number in sorted(verdicts.items()))
    return (
        f"Mean over {len(values)} of {seeds} seeds, from {values.min():.3g} to {values.max():.3g}; "
        f"of single networks, with intervals of their own: {each}."
    )


def agreement_between_seeds(
    labels: Sequence[tuple[IntArray, IntArray]], stability: float
) -> Measurement:
    """Mean adjusted Rand index (Hubert and Arabie 1985) of the word clusters of every two networks.

    ``labels`` holds word ids and clusters, int[words] each, of every network; of two networks the
    words that both have clustered are compared. 0 is chance. ``stability``, the reference, is the
    same between k-means seeds of one network. Pairs have networks in common, so the interval is by
    the jackknife over networks.
    """
    if len(labels) < FEWEST:
        return too_few(AGREEMENT, len(labels), "seeds")
    pairs = np.eye(len(labels))
    for one, other in combinations(range(len(labels)), 2):
        pairs[one, other] = pairs[other, one] = _agreement(labels[one], labels[other])
    return claim_above(
        AGREEMENT,
        estimate_jackknifed(len(labels), lambda kept: _mean_of_pairs(pairs, kept)),
        threshold=AGREED,
        reference=stability,
        explanation=f"Of words, in the clustering of the sentence glyphs, over all pairs of "
        f"{len(labels)} seeds; k-means seeds of one network agree at {stability:.2f} (the "
        "reference), chance is 0.",
    )


def _agreement(one: tuple[IntArray, IntArray], other: tuple[IntArray, IntArray]) -> float:
    _, rows, others = np.intersect1d(one[0], other[0], return_indices=True)
    return adjusted_rand_index(one[1][rows], other[1][others])


def _mean_of_pairs(pairs: FloatArray, kept: IntArray) -> float:
    among = pairs[np.ix_(kept, kept)]
    return float(among[np.triu_indices(len(kept), 1)].mean())
