"""Finding 7: a sentiment network parts good words from bad ones (paper, Figs. 10 and 11A)."""

import numpy as np

from rnnvis_assets.findings.interval_estimates import (
    FEWEST,
    bootstrap_interval,
    claim_above,
    claim_below,
    mean_interval,
    too_few,
)
from rnnvis_assets.findings.response_similarity import WordGroups, pair_correlations
from warehouse.arrays import FloatArray, IntArray
from warehouse.findings_table import Measurement

PARTED = "parting of good from bad words by two clusters"
OPPOSED = "correlation of the responses of opposite words"
PARTED_THRESHOLD = 0.5


def parted_clouds(positive: IntArray, negative: IntArray) -> Measurement:
    """|P(cluster 1 | good word) − P(cluster 1 | bad word)|, of two clusters' labels of listed words
    int[words]: 1 where the clouds part them wholly, 0 where not at all (Youden's J, whichever
    cluster is the good one). Above 0.5, more than three in four are on their side. The bootstrap is
    over words, good and bad ones apart."""
    if min(len(positive), len(negative)) < FEWEST:
        return too_few(PARTED, min(len(positive), len(negative)), "clustered words of one polarity")
    sign = 1 if positive.mean() >= negative.mean() else -1

    def parting(good: IntArray, bad: IntArray) -> float:
        return float(sign * (good.mean() - bad.mean()))

    return claim_above(
        PARTED,
        parting(positive, negative),
        bootstrap_interval((positive, negative), parting),
        threshold=PARTED_THRESHOLD,
        reference=0.0,
        explanation=f"{len(positive)} good and {len(negative)} bad words: {positive.mean():.0%} of "
        f"the good and {negative.mean():.0%} of the bad ones are in the second cluster.",
    )


def opposite_words(responses: FloatArray, pairs: WordGroups) -> Measurement:
    """Mean correlation of the responses [words, units] of pairs of opposite words (*worst*,
    *excellent*); it must lie below 0. The bootstrap is over pairs."""
    if len(pairs) < FEWEST:
        return too_few(OPPOSED, len(pairs), "of the listed opposites in the recorded split")
    found = pair_correlations(responses, pairs.rows)
    return claim_below(
        OPPOSED,
        float(found.mean()),
        mean_interval(found),
        threshold=0.0,
        reference=0.0,
        explanation=f"{len(pairs)} pairs, {np.mean(found < 0):.0%} of them below 0: "
        f"{pairs.told(found)}.",
    )
