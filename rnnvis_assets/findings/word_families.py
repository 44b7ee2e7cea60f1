"""Finding 1: words of one function are clustered together (paper, section 7.1)."""

import numpy as np
from sklearn.metrics import normalized_mutual_info_score

from rnnvis_assets.findings.interval_estimates import (
    SEED,
    claim_above,
    estimate_of_rows,
    inconclusive,
)
from warehouse.arrays import IntArray
from warehouse.findings_table import Measurement

SHUFFLES = 999
FEWEST_WORDS = 20
CHANCE_QUANTILE = 0.95
CHANCE = "agreement of word clusters with parts of speech (NMI)"
BEYOND_EMBEDDING = "the same, less that of the input embeddings' clusters"


def word_families(
    response_clusters: IntArray, embedding_clusters: IntArray | str, tags: IntArray
) -> tuple[Measurement, Measurement]:
    """Normalized mutual information of word clusters and part-of-speech tags, int[words] each.

    The first must exceed the 95 % quantile over shuffled tags (a permutation test); the second, the
    difference from the clusters of the words' input embeddings (or why there are none), must exceed
    0. The bootstrap is over words, reverse percentile since mutual information is biased upward.
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
    shuffled = [
        normalized_mutual_info_score(random.permutation(tags), clusters) for _ in range(SHUFFLES)
    ]
    return claim_above(
        CHANCE,
        estimate_of_rows(
            len(tags),
            lambda rows: normalized_mutual_info_score(tags[rows], clusters[rows]),
            over="words",
            method="basic",
        ),
        threshold=float(np.quantile(shuffled, CHANCE_QUANTILE)),
        reference=float(np.mean(shuffled)),
        explanation=f"0 is no agreement, 1 a perfect one; {len(tags)} words. The reference is the "
        "mean over shuffled tags, the threshold their 95 % quantile.",
    )


def _beyond_embedding(
    clusters: IntArray, embedding_clusters: IntArray, tags: IntArray
) -> Measurement:
    def difference(rows: IntArray) -> float:
        return float(
            normalized_mutual_info_score(tags[rows], clusters[rows])
            - normalized_mutual_info_score(tags[rows], embedding_clusters[rows])
        )

    return claim_above(
        BEYOND_EMBEDDING,
        estimate_of_rows(len(tags), difference, over="words", method="basic"),
        threshold=0.0,
        reference=float(normalized_mutual_info_score(tags, embedding_clusters)),
        explanation="Above 0 the memory sorts words by function better than the embedding that it "
        "reads; the reference is the embedding's own agreement.",
    )
