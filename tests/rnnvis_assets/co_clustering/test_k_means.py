import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from rnnvis_assets.co_clustering.embedding import Embedding, spectral_embedding
from rnnvis_assets.co_clustering.k_means import cluster_points
from tests.rnnvis_assets.co_clustering.made_up_responses import low_rank, planted


def test_every_k_has_labels_of_every_word_and_unit() -> None:
    embedding = spectral_embedding(np.abs(low_rank(20, 30)))
    labelings = list(cluster_points(embedding, 6, seed=0))
    assert [len(np.unique(labels)) for labels in labelings] == [2, 3, 4, 5, 6]
    assert all(len(labels) == 50 for labels in labelings)


def test_labels_depend_on_the_seed_alone_not_on_the_range_of_k() -> None:
    embedding = spectral_embedding(np.abs(low_rank(20, 30)))
    short, long = (list(cluster_points(embedding, most, seed=3)) for most in (4, 9))
    np.testing.assert_array_equal(short, long[:3])


@pytest.mark.parametrize("seed", range(5))
def test_planted_blocks_are_found(seed: int) -> None:
    words, units = np.repeat([0, 1, 2], 10), np.repeat([0, 1, 2], 20)
    embedding = spectral_embedding(np.maximum(planted(words, units), 0))
    labels = list(cluster_points(embedding, 3, seed))[-1]
    assert adjusted_rand_score(np.concatenate((words, units)), labels) == 1


@pytest.mark.filterwarnings("ignore:Number of distinct clusters")
def test_fewer_points_than_clusters_leave_clusters_empty() -> None:
    points = np.array([[0.0, 0.0], [0.0, 0.0], [1.0, 1.0]])
    labelings = list(cluster_points(Embedding(points, np.ones(3)), 3, seed=0))
    for labels in labelings:
        assert labels[0] == labels[1] != labels[2]
