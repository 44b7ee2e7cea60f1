"""What is done by pieces to need less memory gives what it gives at once."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import pdist

from rnnvis_assets.co_clusters import spectral_embedding as embedding_module
from rnnvis_assets.co_clusters.co_clustering import canonical_order, co_cluster
from rnnvis_assets.co_clusters.spectral_embedding import spectral_embedding
from rnnvis_assets.configuration.affinity import AFFINITIES
from tests.rnnvis_assets.co_clusters.made_up_responses import low_rank
from warehouse import array_pieces

MATRICES = st.integers(1, 6).flatmap(
    lambda columns: st.lists(
        st.lists(st.sampled_from([-1.5, -0.0, 0.0, 1.0, 2.0]), min_size=columns, max_size=columns),
        min_size=1,
        max_size=70,
    )
)


@pytest.mark.slow
@pytest.mark.parametrize("piece", [1, 100])
@pytest.mark.parametrize("affinity", ["signed", "shifted"])
def test_pieces_of_any_size_give_the_same_co_clusters(monkeypatch, piece, affinity):
    responses = low_rank(30, 20).astype(np.float32)
    whole = co_cluster(responses, affinity, clusters=range(2, 5), seeds=2)
    monkeypatch.setattr(array_pieces, "PIECE", piece)
    cut = co_cluster(responses, affinity, clusters=range(2, 5), seeds=2)
    for one, other in zip(whole, cut, strict=True):
        for name in ("words", "cells", "centrality", "strength"):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
        for name in ("weight", "positive", "negative"):
            np.testing.assert_array_equal(getattr(one.links, name), getattr(other.links, name))
        assert one.quality == other.quality


@pytest.mark.parametrize("affinity", AFFINITIES)
def test_responses_need_no_more_than_their_own_precision(affinity):
    responses = low_rank(30, 20).astype(np.float32)
    of_single, of_double = (
        co_cluster(values, affinity, clusters=range(2, 5), seeds=2)
        for values in (responses, responses.astype(np.float64))
    )
    for one, other in zip(of_single, of_double, strict=True):
        np.testing.assert_array_equal(one.centrality, other.centrality)
        np.testing.assert_array_equal(one.strength, other.strength)
        np.testing.assert_array_equal(one.cells, other.cells)
        assert one.quality == other.quality


@settings(max_examples=50)
@given(MATRICES, st.sampled_from([np.float32, np.float64]))
def test_the_canonical_order_is_that_of_the_columns_bits(rows, kind):
    matrix = np.array(rows, kind)
    bits = (matrix.astype(np.float64) + 0.0).T.astype(">f8")
    expected = sorted(range(len(bits)), key=lambda column: bits[column].tobytes())
    assert canonical_order(matrix).tolist() == expected
    halves = np.array_split(matrix, 2)
    assert canonical_order(*halves).tolist() == expected


@pytest.mark.parametrize("shape", [(60, 45), (45, 60)])
def test_large_graphs_have_the_same_embedding(monkeypatch, shape):
    affinities = np.maximum(low_rank(*shape, rank=30), 0)
    exact = spectral_embedding(affinities)
    monkeypatch.setattr(embedding_module, "LARGE", 40)
    found = spectral_embedding(affinities)
    np.testing.assert_array_equal(found.weights, exact.weights)
    np.testing.assert_allclose(pdist(found.points), pdist(exact.points), rtol=1e-3, atol=1e-6)
    np.testing.assert_array_equal(found.points, spectral_embedding(affinities).points)
