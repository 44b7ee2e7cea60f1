import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnvis_assets.co_clusters.cluster_blocks import (
    block_sums,
    centralities,
    link_clusters,
    reliabilities,
    strengths,
)
from rnnvis_assets.configuration.affinity import affinity_matrix
from tests.rnnvis_assets.co_clusters.made_up_responses import low_rank

K = 3
RESPONSES = low_rank(12, 8, seed=1)


def mean(block: np.ndarray) -> float:
    return float(block.mean()) if block.size else 0.0


@given(
    st.lists(st.integers(0, K - 1), min_size=12, max_size=12),
    st.lists(st.integers(0, K - 1), min_size=8, max_size=8),
)
def test_links_are_block_means(word_list: list[int], unit_list: list[int]) -> None:
    words, units = np.array(word_list, np.int32), np.array(unit_list, np.int32)
    positive, negative = (
        block_sums(part, words, units, K) for part in (RESPONSES.clip(0), RESPONSES.clip(max=0))
    )
    links = link_clusters(positive, negative, words, units)
    for i in range(K):
        for j in range(K):
            block = RESPONSES[np.ix_(words == i, units == j)]
            assert links.weight[i, j] == pytest.approx(mean(block), abs=1e-12)
            assert links.positive[i, j] == pytest.approx(mean(block.clip(0)), abs=1e-12)
            assert links.negative[i, j] == pytest.approx(mean(block.clip(max=0)), abs=1e-12)
    assert (links.positive >= 0).all()
    assert (links.negative <= 0).all()


def test_centrality_falls_with_distance_to_the_centroid() -> None:
    words = np.array([0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 2], np.int32)
    centrality = centralities(RESPONSES, words, K)
    for cluster in range(K):
        members = RESPONSES[words == cluster]
        distances = np.sqrt(((members - members.mean(axis=0)) ** 2).sum(axis=1))
        expected = [1 / (1 + distance / distances.mean()) for distance in distances]
        np.testing.assert_allclose(centrality[words == cluster], expected)


def test_centrality_is_one_at_the_centroid_and_for_a_word_alone() -> None:
    responses = np.array([[0.0, 1.0], [2.0, 1.0], [1.0, 1.0], [9.0, 9.0]])
    centrality = centralities(responses, np.array([0, 0, 0, 2], np.int32), K)
    assert centrality[2] == centrality[3] == 1
    assert centrality[0] == centrality[1] < 1


def test_strength_is_the_norm_of_what_the_affinity_counts_in_the_own_units() -> None:
    responses = np.array([[3.0, -4.0, 4.0], [-1.0, 7.0, 0.0], [1.0, 1.0, 1.0]])
    words, units = np.array([0, 1, 2], np.int32), np.array([0, 1, 0], np.int32)
    for affinity, expected in {
        "positive": [5.0, 7.0, 0.0],
        "negative": [0.0, 0.0, 0.0],
        "absolute": [5.0, 7.0, 0.0],
    }.items():
        counted = np.where(affinity_matrix(responses, affinity) > 0, responses**2, 0)
        np.testing.assert_allclose(strengths(counted, words, units, K), expected)
    counted = np.where(affinity_matrix(responses, "negative") > 0, responses**2, 0)
    np.testing.assert_allclose(strengths(counted, words, 1 - units, K), [4.0, 1.0, 0.0])


def test_strengths_of_rare_words_are_shrunk_by_their_standard_error() -> None:
    np.testing.assert_allclose(reliabilities(np.array([0, 3, 15, 99])), [0, 0.5, 0.75, 0.9])


def test_words_that_respond_alike_are_all_central() -> None:
    responses = np.full((3, 2), np.float32(0.1), np.float64)
    np.testing.assert_array_equal(centralities(responses, np.zeros(3, np.int32), 1), 1)


@given(st.floats(1e-6, 1e6))
def test_centrality_does_not_depend_on_the_scale(scale: float) -> None:
    words = np.zeros(12, np.int32)
    centrality = centralities(RESPONSES * scale, words, 1)
    np.testing.assert_allclose(centrality, centralities(RESPONSES, words, 1))
    assert ((centrality > 0) & (centrality <= 1)).all()
