import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score

from rnnvis_assets.co_clusters.cluster_blocks import block_sums, normalized_cut
from rnnvis_assets.co_clusters.k_means import Labeling, cluster_points, next_centre
from rnnvis_assets.co_clusters.spectral_embedding import Embedding, spectral_embedding
from tests.rnnvis_assets.co_clusters.made_up_responses import low_rank, planted
from warehouse.arrays import Int32Array


def cluster(affinities: np.ndarray, maximum_clusters: int, seed: int = 0) -> list[Labeling]:
    words = len(affinities)

    def cut(labels: Int32Array, k: int) -> float:
        return normalized_cut(block_sums(affinities, labels[:words], labels[words:], k))

    return list(cluster_points(spectral_embedding(affinities), maximum_clusters, seed, cut))


def test_every_k_has_labels_of_every_word_and_unit() -> None:
    labelings = cluster(np.abs(low_rank(20, 30)), 6)
    assert [len(np.unique(labeling.labels)) for labeling in labelings] == [2, 3, 4, 5, 6]
    assert all(len(labeling.labels) == 50 for labeling in labelings)


def test_labels_depend_on_the_seed_alone_not_on_the_range_of_k() -> None:
    affinities = np.abs(low_rank(20, 30))
    short, long = (cluster(affinities, most, seed=3) for most in (4, 9))
    for first, second in zip(short, long, strict=False):
        np.testing.assert_array_equal(first.labels, second.labels)


@pytest.mark.parametrize("seed", range(5))
def test_planted_blocks_are_found(seed: int) -> None:
    words, units = np.repeat([0, 1, 2], 10), np.repeat([0, 1, 2], 20)
    labels = cluster(np.maximum(planted(words, units), 0), 3, seed)[-1].labels
    assert adjusted_rand_score(np.concatenate((words, units)), labels) == 1


def test_of_several_fits_the_one_with_the_lowest_cut_is_kept() -> None:
    embedding, seen = spectral_embedding(np.abs(low_rank(20, 30))), []

    def cut(labels: Int32Array, k: int) -> float:
        seen.append(len(seen) % 3)
        return seen[-1]

    (labeling,) = cluster_points(embedding, 2, 0, cut)
    assert len(seen) == 6
    assert labeling.cut == 0


@pytest.mark.filterwarnings("ignore:Number of distinct clusters")
def test_fewer_points_than_clusters_leave_clusters_empty() -> None:
    points = np.array([[0.0, 0.0], [0.0, 0.0], [1.0, 1.0]])
    for labeling in cluster_points(Embedding(points, np.ones(3), 3), 3, 0, lambda *_: 0.0):
        labels = labeling.labels
        assert labels[0] == labels[1] != labels[2]


def test_a_new_centre_goes_where_it_lowers_the_cost_most() -> None:
    # 100 points around a circle cost as much as a tight group further away, but no new centre
    # gains much from them: of one point drawn by its cost, only every second is of the group.
    angles = np.linspace(0, 2 * np.pi, 100, endpoint=False)
    circle, group = np.c_[np.cos(angles), np.sin(angles)], np.full((11, 2), (3.0, 0.0))
    embedding = Embedding(np.vstack((circle, group)), np.ones(111), 111)
    model = KMeans(1)
    model.cluster_centers_, model.labels_ = np.zeros((1, 2)), np.zeros(111, np.int32)
    for seed in range(10):
        centre = next_centre(embedding, model, np.random.default_rng(seed))
        np.testing.assert_array_equal(centre, [[3, 0]])


def test_a_new_centre_is_a_word() -> None:
    embedding = Embedding(np.array([[0.0], [1.0], [5.0], [9.0]]), np.ones(4), 2)
    model = KMeans(1)
    model.cluster_centers_, model.labels_ = np.zeros((1, 1)), np.zeros(4, np.int32)
    np.testing.assert_array_equal(next_centre(embedding, model, np.random.default_rng(0)), [[1]])
