"""Findings 2 and 10: words that respond alike (paper, section 7.1 and Figs. 5, 12 and 13)."""

from dataclasses import dataclass

import numpy as np

from rnnvis_assets.findings.interval_estimates import (
    FEWEST,
    SEED,
    claim_above,
    estimate_mean,
    inconclusive,
    too_few,
)
from warehouse.arrays import FloatArray, IntArray
from warehouse.findings_table import Measurement
from warehouse.stored_responses import Rows, in_blocks

NEAR = 0.9
"""Counterparts are among the tenth of the words that are most alike."""
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


def pair_correlations(responses: Rows, pairs: IntArray) -> FloatArray:
    """Correlation of the responses [words, units] of every pair of rows int[pairs, 2]."""
    first, second = (responses[rows].astype(np.float64) for rows in pairs.T)
    return correlations(first, second)


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
    statistic: str, responses: Rows, counts: IntArray, pairs: WordGroups
) -> tuple[Measurement, FloatArray]:
    """Mean correlation of listed pairs, less that of random pairs of equal frequency.

    ``responses`` [words, units], ``counts`` int[words]. The excess of each pair over its own random
    pairs is averaged; the bootstrap is over pairs. Returns the excesses [pairs] as well.
    """
    if len(pairs) < FEWEST:
        return too_few(statistic, len(pairs), PAIRS), np.empty(0)
    random = np.random.default_rng(SEED)
    drawn = [random_pairs(counts, pair, random) for pair in pairs.rows]
    found = pair_correlations(responses, np.concatenate(drawn))
    ends = np.cumsum([len(others) for others in drawn])
    chance = np.array([part.mean() for part in np.split(found, ends[:-1])])
    listed = pair_correlations(responses, pairs.rows)
    claim = claim_above(
        statistic,
        estimate_mean(listed - chance, over="pairs of words"),
        reference=float(chance.mean()),
        explanation=f"{len(pairs)} pairs correlate by {listed.mean():.2f} in the mean, random "
        f"pairs of equal frequency by {chance.mean():.2f} (the reference): {pairs.listed(listed)}.",
    )
    return claim, listed - chance


def less_alike(
    statistic: str, responses: Rows, triples: WordGroups
) -> tuple[Measurement, FloatArray]:
    """How much better the first two of every triple correlate with each other than with the third,
    as *he* and *she* do compared with *for*; the bootstrap is over triples. Returns the differences
    [triples] as well."""
    if len(triples) < FEWEST:
        few = too_few(statistic, len(triples), "of the listed contrasts in the recorded split")
        return few, np.empty(0)
    first, second, third = triples.rows.T
    within, *across = (
        pair_correlations(responses, np.stack(pair, axis=1))
        for pair in ((first, second), (first, third), (second, third))
    )
    other = np.mean(across, axis=0)
    found = claim_above(
        statistic,
        estimate_mean(within - other, over="triples of words"),
        reference=float(other.mean()),
        explanation=f"{within.mean():.2f} within the pairs, {other.mean():.2f} with the third word "
        f"(the reference). Differences: {triples.listed(within - other)}.",
    )
    return found, within - other


def beyond_embedding(
    statistic: str, of_responses: FloatArray, of_embedding: FloatArray, *, over: str
) -> Measurement:
    """The same figures of responses and of input embeddings, [pairs] each: the mean difference.

    What a network reads alike it takes alike, whatever it has learnt to do; this is what it adds.
    """
    if len(of_responses) < FEWEST:
        return too_few(statistic, len(of_responses), PAIRS)
    return claim_above(
        statistic,
        estimate_mean(of_responses - of_embedding, over=over),
        reference=float(of_embedding.mean()),
        explanation=f"{of_responses.mean():.2f} of the responses, {of_embedding.mean():.2f} of the "
        "words' input embeddings (the reference).",
    )


def partner_ranks(responses: Rows, pairs: IntArray) -> FloatArray:
    """The share of other words that correlate less with the first word of each pair int[pairs, 2]
    than its second does: 1 where no word is more alike, 1/2 by chance."""
    own, less = pair_correlations(responses, pairs), np.zeros(len(pairs))
    firsts = responses[pairs[:, 0]].astype(np.float64)
    for rows, block in in_blocks(responses):
        block = block.astype(np.float64)
        for place, pair in enumerate(pairs):
            found = correlations(np.repeat(firsts[[place]], len(block), axis=0), block)
            less[place] += np.count_nonzero(found[~np.isin(rows, pair)] < own[place])
    return less / (len(responses) - 2)


def near_partners(statistic: str, responses: Rows, pairs: WordGroups) -> Measurement:
    """Mean rank of the second word of all listed pairs among the words by likeness to the first;
    the bootstrap is over pairs."""
    if len(pairs) < FEWEST:
        return too_few(statistic, len(pairs), PAIRS)
    ranks = partner_ranks(responses, pairs.rows)
    return claim_above(
        statistic,
        estimate_mean(ranks, over="pairs of words"),
        threshold=NEAR,
        reference=0.5,
        explanation=f"The share of {len(responses):,} words that are less like the old word than "
        f"its modern counterpart is; 1/2 by chance (the reference): {pairs.listed(ranks)}.",
    )


def farther_exception(
    statistic: str, responses: Rows, pairs: WordGroups, single: WordGroups
) -> Measurement:
    """The share of ``pairs`` whose second word ranks above that of the one pair ``single`` (none,
    where a word of it does not occur), equal ranks counting half; the bootstrap is over pairs."""
    if not len(single):
        return inconclusive(
            statistic, "A word of the one pair does not occur in the recorded split."
        )
    if len(pairs) < FEWEST:
        return too_few(statistic, len(pairs), PAIRS)
    (own,) = of_single = partner_ranks(responses, single.rows)
    ranks = partner_ranks(responses, pairs.rows)
    return claim_above(
        statistic,
        estimate_mean(0.5 * (ranks > own) + 0.5 * (ranks >= own), over="pairs of words"),
        threshold=0.5,
        reference=own,
        explanation=f"{len(pairs)} pairs, of mean rank {ranks.mean():.2f}, against one, "
        f"{single.listed(of_single)} (the reference).",
    )
