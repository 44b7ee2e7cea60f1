import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnvis_assets.co_clusters.baselines import Baseline, baselines, flip_units, permute_words
from rnnvis_assets.co_clusters.co_clustering import co_cluster
from rnnvis_assets.configuration.affinity import AFFINITIES, Affinity
from tests.rnnvis_assets.co_clusters.made_up_responses import low_rank, planted

WORDS, UNITS = 30, 12
CLUSTERS = range(2, 5)
RESPONSES = low_rank(WORDS, UNITS, rank=3, seed=4)
SEEDS = st.integers(0, 2**32 - 1)


def test_permuted_responses_are_those_of_each_unit_at_other_words() -> None:
    permuted = permute_words(RESPONSES, np.random.default_rng(0))
    np.testing.assert_array_equal(np.sort(permuted, axis=0), np.sort(RESPONSES, axis=0))
    assert (permuted != RESPONSES).any(axis=0).all()
    moves = np.array([np.argsort(permuted[:, unit]) for unit in range(UNITS)])
    assert len(np.unique(moves, axis=0)) == UNITS  # each unit by itself


def test_flipped_units_differ_in_sign_only() -> None:
    signs = flip_units(RESPONSES, np.random.default_rng(0)) / RESPONSES
    assert set(signs[0]) == {-1, 1}
    np.testing.assert_array_equal(signs, np.broadcast_to(signs[0], signs.shape))


@pytest.mark.slow
@pytest.mark.parametrize("affinity", ["signed", "positive", "absolute"])
def test_planted_blocks_beat_chance(affinity: Affinity) -> None:
    blocks = planted(np.repeat([0, 1, 2], 10), np.repeat([0, 1, 2], 4))
    found = co_cluster(blocks, affinity, clusters=CLUSTERS, seeds=5)
    bases = baselines(blocks, affinity, clusters=CLUSTERS)
    for own, base in zip(found, bases, strict=True):
        assert own.quality.normalized_cut < 0.8 * base.by_chance.normalized_cut
    assert found[1].quality.stability == 1 > bases[1].by_chance.stability


@pytest.mark.slow
@pytest.mark.parametrize("affinity", AFFINITIES)
def test_noise_does_not_beat_chance(affinity: Affinity) -> None:
    noise = np.random.default_rng(1).standard_normal((60, 40))
    found = co_cluster(noise, affinity, clusters=CLUSTERS, seeds=5)
    for own, base in zip(found, baselines(noise, affinity, clusters=CLUSTERS), strict=True):
        own_cut = own.quality.normalized_cut
        assert own_cut == pytest.approx(base.by_chance.normalized_cut, rel=0.05)


@pytest.mark.slow
def test_signs_matter_to_the_affinities_of_the_paper_that_have_any() -> None:
    invariances = {
        affinity: [base.invariance for base in baselines(RESPONSES, affinity, clusters=CLUSTERS)]
        for affinity in AFFINITIES
    }
    assert invariances["signed"] == invariances["absolute"] == [1, 1, 1]
    for affinity in ("positive", "negative", "shifted"):
        assert max(invariances[affinity]) < 0.9


@pytest.fixture(scope="module")
def signed_baselines() -> list[Baseline]:
    return baselines(RESPONSES, "signed", clusters=CLUSTERS)


@pytest.mark.slow
@settings(max_examples=10)
@given(seed=SEEDS)
def test_chance_does_not_depend_on_the_signs_nor_order_of_units(
    signed_baselines: list[Baseline], seed: int
) -> None:
    generator = np.random.default_rng(seed)
    changed = (RESPONSES * generator.choice([-1, 1], UNITS))[:, generator.permutation(UNITS)]
    assert baselines(changed, "signed", clusters=CLUSTERS) == signed_baselines


def test_no_response_at_all_has_a_baseline() -> None:
    for base in baselines(np.zeros((6, 5)), "signed", clusters=CLUSTERS):
        assert base.invariance == base.by_chance.stability == base.by_chance.sign_coherence == 1
