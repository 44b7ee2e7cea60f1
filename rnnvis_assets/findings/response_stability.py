"""Finding 12: the expected response is stable (paper, Eq. 5), and from how many occurrences on."""

from collections.abc import Iterable, Mapping

import numpy as np
import torch

from rnnvis_assets.findings.interval_estimates import (
    FEWEST,
    SEED,
    claim_above,
    estimate_mean,
    too_few,
)
from rnnvis_assets.findings.response_similarity import correlations
from warehouse.arrays import FloatArray, IntArray
from warehouse.findings_table import Measurement

STABLE = "split-half correlation of expected responses"
RARE = "the same, of the rarest words that the analysis admits"
NEAR_MINIMUM = 2
"""These occur less often than so many times the minimum count."""
RELIABLE = 0.7
"""The usual bound of an acceptable reliability (Nunnally 1978)."""
BINS = (2, 3, 4, 5, 7, 10, 15, 20, 30, 50, 100, 200)


def half_means(
    blocks: Iterable[tuple[IntArray, FloatArray]], counts: IntArray, units: int
) -> tuple[FloatArray, FloatArray, IntArray]:
    """Mean change over the odd and over the even occurrences of every word that occurs twice.

    ``blocks`` yields words int[rows] and changes [rows, units] in order, ``counts`` int[words] says
    how often each word occurs in all. Returns two float64[words, units] and their word ids. Memory
    depends on the vocabulary, not on the number of steps.
    """
    word_ids = np.flatnonzero(counts >= 2)
    place = np.full(len(counts), -1)
    place[word_ids] = np.arange(len(word_ids))
    sums = torch.zeros(2 * len(word_ids), units, dtype=torch.float64)
    met = np.zeros(len(counts), np.int64)
    for words, changes in blocks:
        turn = met[words] + _turns(words)
        met += np.bincount(words, minlength=len(met))
        rows = np.flatnonzero(place[words] >= 0)
        target = 2 * place[words[rows]] + turn[rows] % 2
        chosen = torch.from_numpy(changes[rows].astype(np.float64))
        sums.index_add_(0, torch.from_numpy(target), chosen)
    halves = sums.numpy().reshape(-1, 2, units)
    found = counts[word_ids, None]
    return halves[:, 0] / ((found + 1) // 2), halves[:, 1] / (found // 2), word_ids


def _turns(words: IntArray) -> IntArray:
    """How often each word occurred in ``words`` before."""
    order = np.argsort(words, kind="stable")
    ordered = words[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    sizes = np.diff(np.r_[starts, len(words)])
    turns = np.empty(len(words), np.int64)
    turns[order] = np.arange(len(words)) - np.repeat(starts, sizes)
    return turns


def reliability(odd: FloatArray, even: FloatArray) -> FloatArray:
    """Correlation over units of the two half means, stepped up to the whole number of occurrences
    (Spearman-Brown): 2r / (1 + r), r cut off at 0."""
    r = np.clip(correlations(odd, even), 0, 1)
    stepped: FloatArray = 2 * r / (1 + r)
    return stepped


def reliability_by_count(values: FloatArray, counts: IntArray) -> Mapping[int, FloatArray]:
    """The reliabilities of words by the bin of their count: from each bound to the next one."""
    bins = np.digitize(counts, BINS)
    return {bound: values[bins == place] for place, bound in enumerate(BINS, start=1)}


def stable_responses(
    odd: FloatArray, even: FloatArray, counts: IntArray, minimum_count: int
) -> tuple[Measurement, Measurement]:
    """Half means [words, units] and counts int[words] of the words that occur twice at least.

    First the mean reliability of words with ``minimum_count`` occurrences or more, above 0.7; the
    reference is that of two halves of different words. Then the same of the words that occur less
    than twice as often as that. Bootstrap over words.
    """
    values, enough = reliability(odd, even), counts >= minimum_count
    if enough.sum() < FEWEST:
        few = f"words with {minimum_count} occurrences"
        return too_few(STABLE, int(enough.sum()), few), too_few(RARE, int(enough.sum()), few)
    strangers = np.random.default_rng(SEED).permutation(len(even))
    stable = claim_above(
        STABLE,
        estimate_mean(values[enough], over="words"),
        threshold=RELIABLE,
        reference=float(reliability(odd, even[strangers])[enough].mean()),
        explanation=f"{int(enough.sum()):,} words with at least {minimum_count} occurrences, "
        "stepped up by Spearman-Brown; the reference pairs halves of different words.",
    )
    return stable, _stable_at_minimum(values, counts, minimum_count)


def _stable_at_minimum(values: FloatArray, counts: IntArray, minimum_count: int) -> Measurement:
    bins = reliability_by_count(values, counts)
    means = {bound: part.mean() for bound, part in bins.items() if len(part)}
    rarest = values[(counts >= minimum_count) & (counts < NEAR_MINIMUM * minimum_count)]
    if len(rarest) < FEWEST:
        return too_few(RARE, len(rarest), f"words with about {minimum_count} occurrences")
    listed = ", ".join(f"{bound}: {mean:.2f}" for bound, mean in means.items())
    return claim_above(
        RARE,
        estimate_mean(rarest, over="words"),
        threshold=RELIABLE,
        explanation=f"{len(rarest):,} words with {minimum_count} to "
        f"{NEAR_MINIMUM * minimum_count - 1} occurrences; the analysis asks for {minimum_count}. "
        f"Mean reliability by number of occurrences: {listed}.",
    )
