"""Finding 12: the expected response is stable (paper, Eq. 5), also of the rarest words admitted."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import IO

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
from warehouse.array_pieces import pieces
from warehouse.arrays import FloatArray, IntArray
from warehouse.findings_table import Measurement
from warehouse.scratch_rows import ScratchRows

STABLE = "split-half correlation of expected responses, less what all words have in common"
RARE = "the same, of the rarest words that the analysis admits"
NEAR_MINIMUM = 2
"""These occur less often than so many times the minimum count."""
RELIABLE = 0.7
"""The usual bound of an acceptable reliability (Nunnally 1978)."""
BINS = (2, 3, 4, 5, 7, 10, 15, 20, 30, 50, 100, 200)


@dataclass(frozen=True)
class HalfMeans:
    """The mean change of every word in the even and in the odd sequences: indexed, as
    float64[2, words, units] is, by a half and an array of words. ``counts`` int[2, words]."""

    sums: ScratchRows
    counts: IntArray

    @property
    def shape(self) -> tuple[int, int, int]:
        return 2, self.counts.shape[1], self.sums.width

    def __getitem__(self, place: tuple[int, IntArray]) -> FloatArray:
        half, words = place
        sums = self.sums[half * self.counts.shape[1] + words]
        sums /= np.maximum(self.counts[place], 1)[:, None]
        return sums


def half_means(
    blocks: Iterable[tuple[IntArray, IntArray, FloatArray]],
    num_words: int,
    units: int,
    scratch: IO[bytes],
) -> HalfMeans:
    """The means of ``blocks`` of sequences int[rows], words int[rows] and changes [rows, units].

    Halves of whole sequences do not share a context, as every other occurrence would. Sums are in
    the file ``scratch``, so that memory depends neither on the vocabulary nor on the number of
    steps. Raises OSError where its disk is full.
    """
    sums = ScratchRows(scratch, 2 * num_words, units)
    counts = np.zeros(2 * num_words, np.int64)
    for sequences, words, changes in blocks:
        target = (sequences.astype(np.int64) % 2) * num_words + words
        counts += np.bincount(target, minlength=len(counts))
        rows, places = np.unique(target, return_inverse=True)
        block, added = (torch.from_numpy(part) for part in (sums[rows], changes.astype(np.float64)))
        sums[rows] = block.index_add_(0, torch.from_numpy(places), added).numpy()
    return HalfMeans(sums, counts.reshape(2, num_words))


def reliability(one: FloatArray, other: FloatArray) -> FloatArray:
    """Correlation over units of two half means [words, units], stepped up to all occurrences
    (Spearman-Brown): 2r / (1 + r), r cut off at 0."""
    r = np.clip(correlations(one, other), 0, 1)
    stepped: FloatArray = 2 * r / (1 + r)
    return stepped


def reliability_by_count(values: FloatArray, counts: IntArray) -> Mapping[int, FloatArray]:
    """The reliabilities of words by the bin of their count: from each bound to the next one."""
    bins = np.digitize(counts, BINS)
    return {bound: values[bins == place] for place, bound in enumerate(BINS, start=1)}


def stable_responses(
    halves: HalfMeans | FloatArray, counts: IntArray, minimum_count: int
) -> tuple[Measurement, Measurement]:
    """Half means [2, words, units] and counts int[2, words]; words that occur in both halves count.

    The mean over the words is taken off each half, since a profile that all words share would make
    any two of them alike. First the mean reliability of words with ``minimum_count`` occurrences or
    more, above 0.7; the reference is that of two halves of different words. Then the same of the
    words that occur less than twice as often as that. Bootstrap over words.
    """
    words = np.flatnonzero((counts > 0).all(axis=0))
    in_all = counts[:, words].sum(axis=0)
    enough = in_all >= minimum_count
    if enough.sum() < FEWEST:
        few = f"words with {minimum_count} occurrences, some in either half of the sequences"
        return too_few(STABLE, int(enough.sum()), few), too_few(RARE, int(enough.sum()), few)
    common = _common_profile(halves, words[enough])
    values = _reliabilities(halves, common, words, words)
    shared = _reliabilities(halves, np.zeros_like(common), words, words)
    strangers = np.random.default_rng(SEED).permutation(words)
    stable = claim_above(
        STABLE,
        estimate_mean(values[enough], over="words"),
        threshold=RELIABLE,
        reference=float(_reliabilities(halves, common, words, strangers)[enough].mean()),
        explanation=f"{int(enough.sum()):,} words with at least {minimum_count} occurrences, the "
        "even sequences compared with the odd ones, stepped up by Spearman-Brown; with the common "
        f"profile of all words {shared[enough].mean():.3f}. The reference pairs "
        "halves of different words.",
    )
    return stable, _stable_at_minimum(values, in_all, minimum_count)


def _common_profile(halves: HalfMeans | FloatArray, words: IntArray) -> FloatArray:
    """The mean over ``words`` of half means [2, words, units]: [2, 1, units]."""
    total = np.zeros((2, 1, halves.shape[2]))
    for each in pieces(len(words), halves.shape[2]):
        both = np.stack([halves[half, words[each]] for half in (0, 1)])
        total = np.concatenate((total, both), axis=1).sum(axis=1, keepdims=True)
    return total / len(words)


def _reliabilities(
    halves: HalfMeans | FloatArray, common: FloatArray, first: IntArray, second: IntArray
) -> FloatArray:
    """The reliabilities of words ``first`` in one half and ``second`` in the other, int[words]
    each, without the ``common`` profile."""
    found = [
        reliability(halves[0, first[each]] - common[0], halves[1, second[each]] - common[1])
        for each in pieces(len(first), halves.shape[2])
    ]
    return np.concatenate(found)


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
