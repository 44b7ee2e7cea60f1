import numpy as np
import pytest
from scipy.spatial.distance import pdist

from rnnvis_assets.co_clusters.spectral_embedding import spectral_embedding
from tests.rnnvis_assets.co_clusters.made_up_responses import low_rank


def expect_points(affinities: np.ndarray, vectors: int = 20) -> np.ndarray:
    """Dhillon's embedding from a full SVD, each vector times its singular value."""
    rows, columns = affinities.sum(axis=1), affinities.sum(axis=0)
    left, values, right = np.linalg.svd(
        affinities / np.sqrt(np.outer(rows, columns)), full_matrices=False
    )
    chosen = slice(1, 1 + vectors)
    words = left[:, chosen] * values[chosen] / np.sqrt(rows)[:, None]
    units = right[chosen].T * values[chosen] / np.sqrt(columns)[:, None]
    return np.vstack((words, units))


@pytest.mark.parametrize("shape", [(30, 45), (45, 30), (8, 12), (12, 8)])
def test_points_are_dhillons_up_to_rotation(shape: tuple[int, int]) -> None:
    affinities = np.abs(low_rank(*shape))
    points = spectral_embedding(affinities).points
    np.testing.assert_allclose(pdist(points), pdist(expect_points(affinities)), rtol=1e-4)


@pytest.mark.parametrize(("clusters", "vectors"), [(2, 20), (20, 20), (26, 26)])
def test_more_than_twenty_clusters_get_a_vector_each(clusters: int, vectors: int) -> None:
    affinities = np.abs(low_rank(40, 35, rank=30))
    points = spectral_embedding(affinities, clusters).points
    assert points.shape == (75, vectors)
    expected = pdist(expect_points(affinities, vectors))
    np.testing.assert_allclose(pdist(points), expected, rtol=1e-3)


def test_weights_are_the_roots_of_the_degrees() -> None:
    embedding = spectral_embedding(np.array([[1.0, 3.0], [0.0, 5.0]]))
    np.testing.assert_allclose(embedding.weights, np.sqrt([4, 5, 1, 8]), rtol=1e-6)


def test_words_and_units_without_affinity_lie_at_the_origin_without_weight() -> None:
    affinities = np.abs(low_rank(9, 7))
    affinities[3], affinities[:, 5] = 0, 0
    embedding = spectral_embedding(affinities)
    for member in (3, 9 + 5):
        assert embedding.weights[member] == 0
        np.testing.assert_array_equal(embedding.points[member], 0)
    assert np.isfinite(embedding.points).all()


def test_no_affinity_at_all_is_one_point() -> None:
    embedding = spectral_embedding(np.zeros((4, 3)))
    np.testing.assert_array_equal(embedding.points, 0)
    np.testing.assert_array_equal(embedding.weights, 1)
