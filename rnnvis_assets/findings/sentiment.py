"""Findings 7 and 9: how networks of sentiment read good and bad words."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

from rnnvis_assets.findings.interval_estimates import (
    FEWEST,
    claim_above,
    estimate,
    estimate_mean,
    paired_difference,
    too_few,
)
from rnnvis_assets.findings.response_similarity import WordGroups, pair_correlations
from warehouse.arrays import BoolArray, FloatArray, IntArray
from warehouse.findings_table import Measurement
from warehouse.stored_responses import Rows

PARTED = "separation of good from bad words by two clusters"
OPPOSED = "opposition of opposite words: minus the correlation of their responses"
RECALL = "recall of the negative class, balanced less as it comes"
RANKED = "area under the curve of the negative class, balanced less as it comes"
WORDS = "move of negative words towards negative, balanced less as it comes"
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


def opposite_words(responses: Rows, pairs: WordGroups) -> Measurement:
    """Minus the mean correlation of the responses [words, units] to opposite words (*worst*,
    *excellent*).

    It must exceed 0 (paper, Fig. 11A). The bootstrap is over pairs.
    """
    if len(pairs) < FEWEST:
        return too_few(OPPOSED, len(pairs), "of the listed opposites in the recorded split")
    found = -pair_correlations(responses, pairs.rows)
    return claim_above(
        OPPOSED,
        estimate_mean(found, over="pairs of words"),
        reference=0.0,
        explanation=f"{len(pairs)} pairs, {np.mean(found > 0):.0%} of them above 0: "
        f"{pairs.listed(found)}.",
    )


@dataclass(frozen=True)
class Documents:
    """Labelled documents as a network sees them, a row each: ``negative`` bool, whether they are of
    the negative class; ``probability`` float64, that which the network gives to this class;
    ``called_negative`` bool, whether it chose the class."""

    negative: BoolArray
    probability: FloatArray
    called_negative: BoolArray

    @property
    def recognised(self) -> BoolArray:
        """bool[negative documents]: whether the network calls them negative."""
        return self.called_negative[self.negative]


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


def better_ranked(as_it_comes: Documents, balanced: Documents) -> Measurement:
    """Area under the ROC curve of the negative class (the fraction of pairs of a negative and a
    positive document in which the negative one has the larger probability), of the same documents.

    It does not depend on a threshold: recall that grows without it comes of a moved one. The
    bootstrap is over negative and over positive documents.
    """
    kinds = [np.flatnonzero(as_it_comes.negative == negative) for negative in (True, False)]
    fewest = min(map(len, kinds))
    if fewest < FEWEST:
        return too_few(RANKED, fewest, "documents of one class")

    def areas(negative: IntArray, positive: IntArray) -> list[float]:
        networks = (balanced.probability, as_it_comes.probability)
        return [_area(found[negative], found[positive]) for found in networks]

    even, plain = areas(*kinds)
    return claim_above(
        RANKED,
        estimate(kinds, lambda *rows: -float(np.diff(areas(*rows))[0]), over="documents"),
        reference=plain,
        explanation=f"{even:.4f} when balanced, {plain:.4f} as it comes (the reference): where it "
        "is the same, over-sampling has moved the threshold and no more.",
    )


def _area(negative: FloatArray, positive: FloatArray) -> float:
    """By ranks, ties counted half (Mann and Whitney 1947)."""
    ranks = rankdata(np.concatenate((negative, positive)))[: len(negative)]
    above = float(ranks.sum()) - len(negative) * (len(negative) + 1) / 2
    return above / (len(negative) * len(positive))


def negative_words(as_it_comes: FloatArray, balanced: FloatArray) -> Measurement:
    """The mean of (u_negative − u_positive) · ŝ(word), shrunk for rare words, over the words that a
    lexicon calls negative: log odds [words] of each network, of the same words (paper, Fig. 11B).

    It is the area between the two curves of the number of words beyond a threshold, over all
    thresholds. The bootstrap is over words.
    """
    strong = [np.count_nonzero(moves > STRONGLY) for moves in (balanced, as_it_comes)]
    return paired_difference(
        WORDS, balanced, as_it_comes, items="negative words",
        explanation=f"{np.mean(balanced):.3f} when balanced, {np.mean(as_it_comes):.3f} as it "
        f"comes (the reference); beyond {STRONGLY}: {strong[0]} and {strong[1]} words.",
    )  # fmt: skip
