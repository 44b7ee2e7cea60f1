from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score

from rnnvis_assets.co_clusters.cluster_blocks import (
    adjusted_rand_index,
    block_sums,
    normalized_cut,
    sign_coherence,
    stability,
)

K = 3
LABELS = st.lists(st.integers(0, K - 1), min_size=6, max_size=6).map(
    lambda labels: np.array(labels, np.int32)
)
MATRICES = st.integers(0, 2**32 - 1).map(
    lambda seed: np.random.default_rng(seed).standard_normal((6, 6))
)


def expect_cut(affinities: np.ndarray, words: np.ndarray, units: np.ndarray) -> float:
    """Sum over clusters of cut(cluster, rest) / volume(cluster), in the bipartite graph itself."""
    size = len(words) + len(units)
    graph = np.zeros((size, size))
    graph[: len(words), len(words) :] = affinities
    graph += graph.T
    labels, total = np.concatenate((words, units)), 0.0
    for cluster in range(K):
        inside = labels == cluster
        volume = graph[inside].sum()
        total += graph[inside][:, ~inside].sum() / volume if volume else 1.0
    return total


@given(MATRICES, LABELS, LABELS)
def test_block_sums_add_up_each_block(
    matrix: np.ndarray, words: np.ndarray, units: np.ndarray
) -> None:
    sums = block_sums(matrix, words, units, K)
    for i in range(K):
        for j in range(K):
            expected = sum(
                matrix[w, u] for w in range(6) for u in range(6) if words[w] == i and units[u] == j
            )
            assert sums[i, j] == pytest.approx(expected, abs=1e-12)


@given(MATRICES, LABELS, LABELS)
def test_normalized_cut_is_that_of_the_bipartite_graph(
    matrix: np.ndarray, words: np.ndarray, units: np.ndarray
) -> None:
    affinities = np.abs(matrix)
    cut = normalized_cut(block_sums(affinities, words, units, K))
    assert cut == pytest.approx(expect_cut(affinities, words, units))
    assert 0 <= cut <= K


def test_a_cluster_without_volume_counts_one() -> None:
    assert normalized_cut(np.diag([2.0, 3.0, 0.0])) == 1


def test_a_graph_in_pieces_has_no_cut() -> None:
    assert normalized_cut(np.diag([2.0, 3.0, 0.1])) == 0


@given(LABELS, LABELS)
def test_adjusted_rand_index_is_scikit_learns(first: np.ndarray, second: np.ndarray) -> None:
    expected = adjusted_rand_score(first, second)
    assert adjusted_rand_index(first, second) == pytest.approx(expected, abs=1e-12)


@pytest.mark.slow
@settings(max_examples=30)
@given(st.lists(LABELS, min_size=2, max_size=5))
def test_stability_is_the_mean_over_all_pairs(labelings: list[np.ndarray]) -> None:
    expected = np.mean([adjusted_rand_score(*pair) for pair in combinations(labelings, 2)])
    assert stability(labelings) == pytest.approx(expected, abs=1e-12)


def test_labels_that_differ_in_name_alone_are_stable() -> None:
    first = np.array([0, 0, 1, 2], np.int32)
    assert stability([first, np.array([2, 2, 0, 1], np.int32)]) == 1


@given(MATRICES, LABELS, LABELS)
def test_sign_coherence_compares_sums_in_paired_blocks(
    matrix: np.ndarray, words: np.ndarray, units: np.ndarray
) -> None:
    signed = absolute = 0.0
    for cluster in range(K):
        block = matrix[np.ix_(words == cluster, units == cluster)]
        signed += abs(block.sum())
        absolute += np.abs(block).sum()
    positive, negative = (
        block_sums(part, words, units, K) for part in (matrix.clip(0), matrix.clip(max=0))
    )
    expected = signed / absolute if absolute else 1.0
    assert sign_coherence(positive, negative) == pytest.approx(expected)


def test_opposite_signs_cancel_and_no_response_is_coherent() -> None:
    assert sign_coherence(np.eye(2), -np.eye(2)) == 0
    assert sign_coherence(np.eye(2), np.zeros((2, 2))) == 1
    assert sign_coherence(np.zeros((2, 2)), np.zeros((2, 2))) == 1
