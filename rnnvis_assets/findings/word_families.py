"""Finding 1: words of one function are clustered together (paper, section 7.1)."""

from collections.abc import Sequence

import numpy as np

from rnnvis_assets.findings.interval_estimates import (
    SEED,
    claim_above,
    estimate_of_rows,
    inconclusive,
)
from rnnvis_assets.findings.layer_contrast import entropy_of_sizes
from warehouse.arrays import IntArray
from warehouse.findings_table import Measurement

SHUFFLES = 999
FEWEST_WORDS = 20
CHANCE_QUANTILE = 0.95
CHANCE = "agreement of word clusters with parts of speech (NMI)"
BEYOND_EMBEDDING = "the same, less that of clusters of the rotated input embeddings"


def agreement(tags: IntArray, clusters: IntArray) -> float:
    """Normalized mutual information of two labelings int[words] from 0, by the mean entropy; 1 of
    two without differences (as scikit-learn's, but quick)."""
    columns = int(clusters.max()) + 1
    joint = np.bincount(tags * columns + clusters, minlength=(int(tags.max()) + 1) * columns)
    table = joint.reshape(-1, columns)
    of_tags, of_clusters = (entropy_of_sizes(table.sum(axis=axis)) for axis in (1, 0))
    mean = (of_tags + of_clusters) / 2
    return (of_tags + of_clusters - entropy_of_sizes(joint)) / mean if mean > 0 else 1.0


def word_families(
    response_clusters: IntArray, embedding_clusters: Sequence[IntArray] | str, tags: IntArray
) -> tuple[Measurement, Measurement]:
    """Normalized mutual information of word clusters and part-of-speech tags, int[words] each.

    The first must exceed the 95 % quantile over shuffled tags (a permutation test). The second is
    the difference from clusters that the same method makes of the words' input embeddings, rotated
    at random, on average of several rotations (or why there are none); it must exceed 0. The
    bootstrap is over words, reverse percentile since mutual information is biased upward.
    """
    if len(tags) < FEWEST_WORDS or len(np.unique(tags)) < 2:
        why = f"Found {len(tags)} clustered words with a part-of-speech tag; {FEWEST_WORDS} of at "
        why += "least two parts of speech are needed. `rnnvis doctor` checks the tagger data."
        return inconclusive(CHANCE, why), inconclusive(BEYOND_EMBEDDING, why)
    chance = _beyond_chance(response_clusters, tags)
    if isinstance(embedding_clusters, str):
        return chance, inconclusive(BEYOND_EMBEDDING, embedding_clusters)
    return chance, _beyond_embedding(response_clusters, embedding_clusters, tags)


def _beyond_chance(clusters: IntArray, tags: IntArray) -> Measurement:
    random = np.random.default_rng(SEED)
    shuffled = [agreement(random.permutation(tags), clusters) for _ in range(SHUFFLES)]
    return claim_above(
        CHANCE,
        estimate_of_rows(
            len(tags),
            lambda rows: agreement(tags[rows], clusters[rows]),
            over="words",
            method="basic",
        ),
        threshold=float(np.quantile(shuffled, CHANCE_QUANTILE)),
        reference=float(np.mean(shuffled)),
        explanation=f"0 is no agreement, 1 a perfect one; {len(tags)} words. The reference is the "
        "mean over shuffled tags, the threshold their 95 % quantile.",
    )


def _beyond_embedding(
    clusters: IntArray, rotated: Sequence[IntArray], tags: IntArray
) -> Measurement:
    def of_embeddings(rows: IntArray) -> float:
        return float(np.mean([agreement(tags[rows], labels[rows]) for labels in rotated]))

    return claim_above(
        BEYOND_EMBEDDING,
        estimate_of_rows(
            len(tags),
            lambda rows: agreement(tags[rows], clusters[rows]) - of_embeddings(rows),
            over="words",
            method="basic",
        ),
        reference=of_embeddings(np.arange(len(tags))),
        explanation="Above 0 the memory sorts words by function better than the embedding that it "
        "reads, clustered by the same method after a random rotation, which takes the meaning from "
        f"its axes; the reference is the embedding's own agreement, a mean over {len(rotated)} "
        "rotations.",
    )
