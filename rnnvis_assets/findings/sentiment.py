"""Findings 7 and 9: how networks of sentiment read good and bad words."""

from collections.abc import Callable

import numpy as np

from rnnvis_assets.findings.interval_estimates import (
    FEWEST,
    claim_above,
    claim_below,
    estimate,
    estimate_mean,
    paired_difference,
    too_few,
)
from rnnvis_assets.findings.response_similarity import WordGroups, pair_correlations
from warehouse.arrays import BoolArray, FloatArray, IntArray
from warehouse.findings_table import Measurement

PARTED = "separation of good from bad words by two clusters"
OPPOSED = "correlation of the responses of opposite words"
RECALL = "recall of the negative class, balanced less as it comes"
WORDS = "fraction of clustered words that are strongly negative, balanced less as it comes"
PARTED_THRESHOLD = 0.5
STRONGLY = 0.5


def parted_clouds(positive: IntArray, negative: IntArray) -> Measurement:
    """|P(cluster 1 | good word) − P(cluster 1 | bad word)| (Youden's J; paper, Fig. 10).

    Labels int[words] of listed words in two clusters, whichever is the good one. 1 where the
    clouds separate them, 0 where not at all; above 0.5, more than three in four are on their side.
    The bootstrap is over good and over bad words.
    """
    if min(len(positive), len(negative)) < FEWEST:
        return too_few(PARTED, min(len(positive), len(negative)), "clustered words of one polarity")
    return claim_above(
        PARTED,
        estimate((positive, negative), _part_in(positive, negative), over="words"),
        threshold=PARTED_THRESHOLD,
        reference=0.0,
        explanation=f"{len(positive)} good and {len(negative)} bad words: {positive.mean():.0%} of "
        f"the good and {negative.mean():.0%} of the bad ones are in the second cluster.",
    )


def youdens_j(positive: IntArray, negative: IntArray) -> float:
    """The statistic of ``parted_clouds``."""
    return _part_in(positive, negative)(positive, negative)


def _part_in(positive: IntArray, negative: IntArray) -> Callable[[IntArray, IntArray], float]:
    """The share of good words in cluster 1 less that of bad ones, or the other way round: whichever
    is above 0 of the labels given."""
    sign = 1 if positive.mean() >= negative.mean() else -1
    return lambda good, bad: float(sign * (good.mean() - bad.mean()))


def opposite_words(responses: FloatArray, pairs: WordGroups) -> Measurement:
    """Mean correlation of the responses [words, units] to opposite words (*worst*, *excellent*).

    It must lie below 0 (paper, Fig. 11A). The bootstrap is over pairs.
    """
    if len(pairs) < FEWEST:
        return too_few(OPPOSED, len(pairs), "of the listed opposites in the recorded split")
    found = pair_correlations(responses, pairs.rows)
    return claim_below(
        OPPOSED,
        estimate_mean(found, over="pairs of words"),
        threshold=0.0,
        reference=0.0,
        explanation=f"{len(pairs)} pairs, {np.mean(found < 0):.0%} of them below 0: "
        f"{pairs.listed(found)}.",
    )


def negative_recall(as_it_comes: BoolArray, balanced: BoolArray) -> Measurement:
    """Whether each negative document was recognised, bool[documents] (paper, Fig. 11C).

    By the network trained on the classes as they come, and by the one trained on balanced classes.
    The bootstrap is over documents.
    """
    return paired_difference(
        RECALL, balanced.astype(float), as_it_comes.astype(float), items="negative documents",
        explanation=f"{balanced.mean():.1%} when balanced, {as_it_comes.mean():.1%} as it comes "
        "(the reference).",
    )  # fmt: skip


def negative_words(as_it_comes: FloatArray, balanced: FloatArray) -> Measurement:
    """The fraction of the clouds' words with (u_negative − u_positive) · ŝ(word) above 0.5.

    Log odds [words] of each network, of the same words (paper, Fig. 11B). The bootstrap is over
    words.
    """
    strong = [(moves > STRONGLY).astype(float) for moves in (balanced, as_it_comes)]
    return paired_difference(
        WORDS, *strong, items="clustered words",
        explanation=f"{int(strong[0].sum())} words when balanced, {int(strong[1].sum())} as it "
        f"comes, raise the log odds of the negative class by more than {STRONGLY}.",
    )  # fmt: skip
