"""Findings 2 and 10: words of one role respond alike (paper, Figs. 5, 12 and 13)."""

from collections.abc import Sequence

import numpy as np

from rnnvis_assets.findings.measurement import (
    FEWEST,
    SEED,
    Floats,
    Ints,
    claim_above,
    mean_interval,
    too_few,
    untold,
)
from warehouse.findings import Measurement

NEAR_IN_FREQUENCY = 20
RANDOM_PAIRS = 200


def correlations(first: Floats, second: Floats) -> Floats:
    """Pearson correlation of every row of [rows, units] with its counterpart; 0 where a row does
    not vary, and so has none."""
    one, other = (part - part.mean(axis=1, keepdims=True) for part in (first, second))
    scale = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    products = np.einsum("ij,ij->i", one, other)
    found: Floats = np.divide(products, scale, out=np.zeros(len(one)), where=scale > 0)
    return found


def pair_correlations(responses: Floats, pairs: Ints) -> Floats:
    """Correlation of the responses [words, units] of every pair of rows int[pairs, 2]."""
    values = np.asarray(responses, np.float64)
    return correlations(values[pairs[:, 0]], values[pairs[:, 1]])


def random_pairs(counts: Ints, pair: Ints, random: np.random.Generator) -> Ints:
    """int[200, 2]: pairs of other words, each about as frequent as its counterpart in ``pair``
    (drawn among the twenty nearest in rank)."""
    order = np.argsort(counts, kind="stable")
    drawn = []
    for word in pair:
        rank = int(np.flatnonzero(order == word)[0])
        near = np.argsort(np.abs(np.arange(len(order)) - rank), kind="stable")
        others = order[near[~np.isin(order[near], pair)]][:NEAR_IN_FREQUENCY]
        drawn.append(random.choice(others, RANDOM_PAIRS))
    found: Ints = np.stack(drawn, axis=1)
    unlike: Ints = found[found[:, 0] != found[:, 1]]
    return unlike


def alike_pairs(statistic: str, responses: Floats, counts: Ints, pairs: Ints) -> Measurement:
    """Mean correlation of listed pairs, less that of random pairs of equal frequency.

    ``responses`` [words, units], ``counts`` int[words], ``pairs`` int[pairs, 2] rows of both. The
    excess of each pair over its own random pairs is averaged; the bootstrap is over pairs.
    """
    if len(pairs) < FEWEST:
        return too_few(statistic, len(pairs), "of the listed pairs of words in the recorded split")
    random = np.random.default_rng(SEED)
    chance = np.array([
        pair_correlations(responses, random_pairs(counts, pair, random)).mean() for pair in pairs
    ])  # fmt: skip
    listed = pair_correlations(responses, pairs)
    excess = listed - chance
    return claim_above(
        statistic,
        float(excess.mean()),
        mean_interval(excess),
        threshold=0.0,
        reference=float(chance.mean()),
        explanation=f"{len(pairs)} pairs, whose responses correlate by {listed.mean():.2f} in the "
        f"mean; random pairs of equal frequency by {chance.mean():.2f} (the reference).",
    )


def less_alike(statistic: str, responses: Floats, triples: Ints) -> Measurement:
    """How much better the first two of every triple int[triples, 3] correlate with each other than
    with the third, as *he* and *she* do compared with *for*; the bootstrap is over triples."""
    if len(triples) < FEWEST:
        return too_few(statistic, len(triples), "of the listed contrasts in the recorded split")
    within = pair_correlations(responses, triples[:, [0, 1]])
    across = pair_correlations(responses, triples[:, [0, 2]])
    across = (across + pair_correlations(responses, triples[:, [1, 2]])) / 2
    return claim_above(
        statistic,
        float((within - across).mean()),
        mean_interval(within - across),
        threshold=0.0,
        reference=float(across.mean()),
        explanation=f"Over {len(triples)} contrasts; the first, the paper's own, has "
        f"{within[0]:.2f} within the pair and {across[0]:.2f} across.",
    )


def exception(statistic: str, responses: Floats, pairs: Ints, single: Sequence[int]) -> Measurement:
    """How much better ``pairs`` int[pairs, 2] correlate in the mean than the one pair ``single``
    (empty where a word of it does not occur); the bootstrap is over pairs."""
    if not len(single):
        return untold(statistic, "A word of the one pair does not occur in the recorded split.")
    if len(pairs) < FEWEST:
        return too_few(statistic, len(pairs), "of the listed pairs of words in the recorded split")
    alone = float(pair_correlations(responses, np.array([single]))[0])
    excess = pair_correlations(responses, pairs) - alone
    return claim_above(
        statistic,
        float(excess.mean()),
        mean_interval(excess),
        threshold=0.0,
        reference=alone,
        explanation=f"{len(pairs)} pairs against one, whose own correlation is the reference.",
    )
