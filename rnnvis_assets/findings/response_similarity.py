"""Findings 2, 3 and 10: words and units that respond alike, or with opposite sign (paper)."""

from dataclasses import dataclass

import numpy as np

from rnnvis_assets.findings.interval_estimates import (
    FEWEST,
    SEED,
    claim_above,
    estimate_mean,
    estimate_of_rows,
    inconclusive,
    too_few,
)
from warehouse.arrays import FloatArray, IntArray
from warehouse.findings_table import Measurement

NEAR_IN_FREQUENCY = 20
RANDOM_PAIRS = 200
PAIRS = "of the listed pairs of words in the recorded split"


@dataclass(frozen=True)
class WordGroups:
    """Pairs (or triples) of words: the words themselves, and int[groups, size] their rows."""

    words: tuple[tuple[str, ...], ...]
    rows: IntArray

    def __len__(self) -> int:
        return len(self.words)

    def listed(self, values: FloatArray) -> str:
        """Every group with its value: 'he/she 0.98, …'."""
        named = zip(self.words, values, strict=True)
        return ", ".join(f"{'/'.join(group)} {value:.2f}" for group, value in named)


def correlations(first: FloatArray, second: FloatArray) -> FloatArray:
    """Pearson correlation of every row of [rows, units] with its counterpart; 0 where a row does
    not vary, and so has none."""
    one, other = (part - part.mean(axis=1, keepdims=True) for part in (first, second))
    scale = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    products = np.einsum("ij,ij->i", one, other)
    found: FloatArray = np.divide(products, scale, out=np.zeros(len(one)), where=scale > 0)
    return found


def pair_correlations(responses: FloatArray, pairs: IntArray) -> FloatArray:
    """Correlation of the responses [words, units] of every pair of rows int[pairs, 2]."""
    values = np.asarray(responses, np.float64)
    return correlations(values[pairs[:, 0]], values[pairs[:, 1]])


def random_pairs(counts: IntArray, pair: IntArray, random: np.random.Generator) -> IntArray:
    """int[200, 2]: pairs of other words, each about as frequent as its counterpart in ``pair``
    (drawn among the twenty nearest in rank)."""
    order = np.argsort(counts, kind="stable")
    drawn = []
    for word in pair:
        rank = int(np.flatnonzero(order == word)[0])
        near = np.argsort(np.abs(np.arange(len(order)) - rank), kind="stable")
        others = order[near[~np.isin(order[near], pair)]][:NEAR_IN_FREQUENCY]
        drawn.append(random.choice(others, RANDOM_PAIRS))
    found: IntArray = np.stack(drawn, axis=1)
    unlike: IntArray = found[found[:, 0] != found[:, 1]]
    return unlike


def alike_pairs(
    statistic: str, responses: FloatArray, counts: IntArray, pairs: WordGroups
) -> Measurement:
    """Mean correlation of listed pairs, less that of random pairs of equal frequency.

    ``responses`` [words, units], ``counts`` int[words]. The excess of each pair over its own random
    pairs is averaged; the bootstrap is over pairs.
    """
    if len(pairs) < FEWEST:
        return too_few(statistic, len(pairs), PAIRS)
    random = np.random.default_rng(SEED)
    chance = np.array(
        [
            pair_correlations(responses, random_pairs(counts, pair, random)).mean()
            for pair in pairs.rows
        ]
    )
    listed = pair_correlations(responses, pairs.rows)
    excess = listed - chance
    return claim_above(
        statistic,
        estimate_mean(excess, over="pairs of words"),
        threshold=0.0,
        reference=float(chance.mean()),
        explanation=f"{len(pairs)} pairs correlate by {listed.mean():.2f} in the mean, random "
        f"pairs of equal frequency by {chance.mean():.2f} (the reference): {pairs.listed(listed)}.",
    )


def less_alike(statistic: str, responses: FloatArray, triples: WordGroups) -> Measurement:
    """How much better the first two of every triple correlate with each other than with the third,
    as *he* and *she* do compared with *for*; the bootstrap is over triples."""
    if len(triples) < FEWEST:
        return too_few(statistic, len(triples), "of the listed contrasts in the recorded split")
    first, second, third = triples.rows.T
    within, *across = (
        pair_correlations(responses, np.stack(pair, axis=1))
        for pair in ((first, second), (first, third), (second, third))
    )
    other = np.mean(across, axis=0)
    return claim_above(
        statistic,
        estimate_mean(within - other, over="triples of words"),
        threshold=0.0,
        reference=float(other.mean()),
        explanation=f"{within.mean():.2f} within the pairs, {other.mean():.2f} with the third word "
        f"(the reference). Differences: {triples.listed(within - other)}.",
    )


def exception(
    statistic: str, responses: FloatArray, pairs: WordGroups, single: WordGroups
) -> Measurement:
    """How much better ``pairs`` correlate in the mean than the one pair ``single`` (none, where a
    word of it does not occur); the bootstrap is over pairs."""
    if not len(single):
        return inconclusive(
            statistic, "A word of the one pair does not occur in the recorded split."
        )
    if len(pairs) < FEWEST:
        return too_few(statistic, len(pairs), PAIRS)
    of_single = pair_correlations(responses, single.rows)
    excess = pair_correlations(responses, pairs.rows) - of_single
    return claim_above(
        statistic,
        estimate_mean(excess, over="pairs of words"),
        threshold=0.0,
        reference=float(of_single[0]),
        explanation=f"{len(pairs)} pairs against one, {single.listed(of_single)} (the reference).",
    )


STATISTIC = "opposition of the most opposed pair of units, on words not used to find it"
THRESHOLD = 0.5
FEWEST_WORDS = 20


def _cosines(responses: FloatArray) -> FloatArray:
    """float64[units, units]: cosine of every two columns of [words, units]; 0 for empty ones."""
    norms = np.linalg.norm(responses, axis=0)
    columns = np.divide(responses, norms, out=np.zeros(responses.shape), where=norms > 0)
    cosines: FloatArray = columns.T @ columns
    return cosines


def opposite_signs(responses: FloatArray) -> Measurement:
    """Minus the cosine, over words, of the responses of two units, of [words, units].

    1 where they take the same words with opposite sign, 0 where they have nothing in common. One
    random half of the words selects the most opposed pair of units and the other half measures it,
    so that selecting among many pairs does not flatter the result. The bootstrap is over the words
    that measure; the reference is the median over all pairs of units.
    """
    words, units = responses.shape
    if words < FEWEST_WORDS or units < 2:
        return inconclusive(STATISTIC, f"Found {words} words and {units} units: too few.")
    order = np.random.default_rng(SEED).permutation(words)
    values = np.asarray(responses, np.float64)
    choosing, measuring = values[order[: words // 2]], values[order[words // 2 :]]
    first, second = np.unravel_index(np.argmin(_cosines(choosing)), (units, units))
    held_out = -_cosines(measuring)
    partners = _cosines(choosing).argmin(axis=1)
    opposed = float(np.mean(held_out[np.arange(units), partners] > THRESHOLD))

    def opposition(rows: IntArray) -> float:
        return float(-_cosines(measuring[np.ix_(rows, [first, second])])[0, 1])

    return claim_above(
        STATISTIC,
        estimate_of_rows(len(measuring), opposition, over="words"),
        threshold=THRESHOLD,
        reference=float(np.median(held_out[np.triu_indices(units, 1)])),
        explanation=f"Units {first} and {second}; {opposed:.0%} of all units have a partner beyond "
        f"the threshold. Measured on {len(measuring)} words, chosen on the others.",
    )
