import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.cluster import SpectralCoclustering
from sklearn.metrics import adjusted_rand_score
from threadpoolctl import threadpool_limits

from rnnvis_assets.co_clusters.cluster_blocks import block_sums, normalized_cut
from rnnvis_assets.co_clusters.co_clustering import CoClustering, co_cluster, order_clusters
from rnnvis_assets.configuration.affinity import (
    AFFINITIES,
    Affinity,
    affinity_matrix,
    oriented_responses,
)
from tests.rnnvis_assets.co_clusters.made_up_responses import low_rank, planted

pytestmark = pytest.mark.slow


def run(
    responses: np.ndarray, *affinities: Affinity, clusters: range = range(2, 6)
) -> list[CoClustering]:
    """Co-clusters with every warning made an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return [
            clustering
            for affinity in affinities
            for clustering in co_cluster(responses, affinity, clusters=clusters, seeds=5)
        ]


@pytest.fixture(scope="module")
def clusterings() -> list[CoClustering]:
    return run(low_rank(40, 30), *AFFINITIES)


def test_every_affinity_and_every_k_is_there(clusterings: list[CoClustering]) -> None:
    found = [(clustering.affinity, clustering.num_clusters) for clustering in clusterings]
    assert found == [(affinity, k) for affinity in AFFINITIES for k in range(2, 6)]


def test_every_word_and_unit_has_a_cluster(clusterings: list[CoClustering]) -> None:
    for clustering in clusterings:
        assert clustering.words.shape == clustering.centrality.shape == (40,)
        directions = 2 if clustering.affinity == "signed" else 1
        assert clustering.cells.shape == (30 * directions,)
        for labels in (clustering.words, clustering.cells):
            assert set(labels.tolist()) <= set(range(clustering.num_clusters))


def test_the_figures_are_those_of_the_labels_kept(clusterings: list[CoClustering]) -> None:
    responses = low_rank(40, 30)
    for clustering in clusterings:
        k, words, units = clustering.num_clusters, clustering.words, clustering.cells
        affinities = affinity_matrix(responses, clustering.affinity)
        cut = normalized_cut(block_sums(affinities, words, units, k))
        assert clustering.quality.normalized_cut == pytest.approx(cut)
        block = oriented_responses(responses, clustering.affinity)[
            np.ix_(words == 0, units == k - 1)
        ]
        weight = block.mean() if block.size else 0
        assert clustering.links.weight[0, k - 1] == pytest.approx(weight)
        assert clustering.empty_word_clusters == sum(not (words == c).any() for c in range(k))


def test_the_same_input_gives_the_same_labels(clusterings: list[CoClustering]) -> None:
    again = run(low_rank(40, 30), *AFFINITIES)
    for first, second in zip(clusterings, again, strict=True):
        np.testing.assert_array_equal(first.words, second.words)
        np.testing.assert_array_equal(first.cells, second.cells)


def test_one_k_alone_has_the_labels_it_has_among_others(clusterings: list[CoClustering]) -> None:
    (single,) = run(low_rank(40, 30), "positive", clusters=range(4, 5))
    same = next(c for c in clusterings if (c.affinity, c.num_clusters) == ("positive", 4))
    np.testing.assert_array_equal(single.cells, same.cells)


def test_signed_clusters_every_unit_as_it_rises_and_as_it_falls() -> None:
    """Units that answer 0 to 4 up and 5 to 9 down, or the other way round: two chips hold one
    direction of each, of opposite sign."""
    responses = np.outer(np.repeat([1, -1], 5), [1, 1, -1, 1, -1, -1]) * 0.5
    responses += np.random.default_rng(0).normal(0, 0.01, responses.shape)
    (found,) = run(responses, "signed", clusters=range(2, 3))
    chips = found.chips
    assert chips.units.tolist() == 2 * list(range(6))
    assert chips.directions.tolist() == [1] * 6 + [-1] * 6
    first = found.words[0]
    assert found.words.tolist() == [first] * 5 + [1 - first] * 5
    rising, falling = found.cells[:6], found.cells[6:]
    assert (rising == np.where(responses[0] > 0, first, 1 - first)).all()
    assert (falling == 1 - rising).all()
    np.testing.assert_allclose(found.links.weight.diagonal(), 0.5, atol=0.01)
    np.testing.assert_allclose(found.links.weight[first, 1 - first], -0.5, atol=0.01)
    assert found.quality.sign_coherence == pytest.approx(1)
    norms = np.linalg.norm(responses, axis=1)  # every direction of a word's own chip counts
    np.testing.assert_allclose(found.strength, norms)


def test_a_unit_that_never_falls_has_a_falling_direction_all_the_same() -> None:
    responses = np.abs(low_rank(12, 8))
    for found in run(responses, "signed", clusters=range(2, 5)):
        assert len(found.cells) == 16
        assert np.isfinite(found.links.weight).all()
        assert np.isfinite(found.strength).all()
        assert np.isfinite(
            [found.quality.normalized_cut, found.quality.stability, found.quality.sign_coherence]
        ).all()


@pytest.mark.parametrize("affinity", ["positive", "absolute"])
def test_normalized_cuts_are_no_worse_than_scikit_learns(affinity: Affinity) -> None:
    responses = low_rank(80, 60, rank=8)
    affinities = affinity_matrix(responses, affinity)
    ours = [c.quality.normalized_cut for c in run(responses, affinity, clusters=range(2, 9))]
    theirs = []
    for k in range(2, 9):
        with threadpool_limits(1):
            model = SpectralCoclustering(k, random_state=0).fit(affinities)
        sums = block_sums(affinities, model.row_labels_, model.column_labels_, k)
        theirs.append(normalized_cut(sums))
    assert sum(ours) < sum(theirs)
    np.testing.assert_array_less(ours, 1.02 * np.array(theirs))


def test_planted_blocks_are_found_and_paired() -> None:
    words, units = np.repeat([0, 1, 2], [8, 5, 9]), np.repeat([0, 1, 2], [10, 20, 30])
    (found,) = run(planted(words, units), "positive", clusters=range(3, 4))
    np.testing.assert_array_equal(found.words, words)
    np.testing.assert_array_equal(found.cells, units)
    assert found.quality.stability == 1
    assert found.empty_word_clusters == 0
    np.testing.assert_array_less(0.8, found.links.weight.diagonal())


def test_two_signed_clusters_part_good_words_from_bad_ones() -> None:
    generator = np.random.default_rng(0)
    polarity, direction = np.repeat([1, -1], 20), generator.choice([-1, 1], 30)
    responses = np.outer(polarity, direction) + 0.5 * generator.standard_normal((40, 30))
    (found,) = run(responses, "positive", clusters=range(2, 3))
    assert adjusted_rand_score(polarity, found.words) == 1


def test_words_and_units_without_response_have_clusters_too() -> None:
    responses = low_rank(40, 30)
    responses[[0, 7]], responses[:, 11] = 0, 0
    responses[3], responses[:, 5] = -1, -1  # nothing left of these in 'positive'
    for clustering in run(responses, *AFFINITIES):
        assert (clustering.words >= 0).all()
        assert np.isfinite(clustering.centrality).all()
        assert np.isfinite(clustering.links.weight).all()
        assert 0 <= clustering.quality.normalized_cut <= clustering.num_clusters
        assert clustering.words[0] == clustering.words[7] or clustering.affinity == "shifted"


@pytest.mark.parametrize("value", [0.0, 1.0, -1.0])
def test_responses_all_alike_leave_clusters_empty(value: float) -> None:
    for clustering in run(np.full((6, 5), value), *AFFINITIES):
        assert clustering.words.shape == (6,)
        assert len(clustering.cells) in (5, 10)
        assert np.isfinite(clustering.quality.normalized_cut)
        assert -1 <= clustering.quality.stability <= 1


def test_no_response_at_all_is_one_cluster_of_all() -> None:
    clustering = run(np.zeros((6, 5)), "positive")[-1]
    assert set(clustering.words) == set(clustering.cells) == {clustering.num_clusters - 1}
    assert clustering.quality.normalized_cut == clustering.num_clusters
    assert clustering.empty_word_clusters == clustering.num_clusters - 1
    assert clustering.quality.stability == clustering.quality.sign_coherence == 1
    np.testing.assert_array_equal(clustering.centrality, 1)


def test_as_many_clusters_as_words_and_units() -> None:
    for clustering in run(low_rank(5, 5), *AFFINITIES):
        assert clustering.words.shape == (5,)


LABELS = st.lists(st.integers(0, 3), min_size=3, max_size=12).map(np.array)


@given(LABELS, LABELS, st.permutations(range(4)))
def test_the_order_is_that_of_the_sizes_whatever_the_names(
    words: np.ndarray, units: np.ndarray, names: list[int]
) -> None:
    ordered_words, ordered_units = order_clusters(words, units, 4)
    keys = []
    for cluster in range(4):
        members = np.flatnonzero(ordered_units == cluster)
        first = members[0] if len(members) else len(units)
        named = np.flatnonzero(ordered_words == cluster)
        first_word = named[0] if len(named) else len(words)
        keys.append((len(members), len(named), first_word, first))
    assert keys == sorted(keys)
    assert adjusted_rand_score(words, ordered_words) == 1
    renamed = order_clusters(np.array(names)[words], np.array(names)[units], 4)
    np.testing.assert_array_equal(renamed[0], ordered_words)
    np.testing.assert_array_equal(renamed[1], ordered_units)
