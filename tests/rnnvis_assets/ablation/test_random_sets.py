"""Random sets have as many directions as the chip; matched ones, of every strength."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rnnvis_assets.ablation.random_sets import (
    STRATA,
    cell_strengths,
    matched_sets,
    plain_sets,
)
from warehouse.chips import Chips


def test_strengths_of_both_directions_and_of_the_whole_unit() -> None:
    responses = np.array([[3.0, 0.5], [-1.0, 0.0], [4.0, -0.5]], np.float32)
    units, directions = np.array([0, 0, 0, 1, 1]), np.array([1, -1, 0, 1, -1])
    found = cell_strengths(responses, Chips(1, units, directions, np.zeros(5, np.int32)))
    np.testing.assert_allclose(found, [5, 1, 26**0.5, 0.5, 0.5])


@given(st.integers(2, 60), st.integers(0, 2**32 - 1), st.data())
def test_sets_are_as_large_and_matched_ones_as_strong(size: int, seed: int, data) -> None:
    chosen = np.arange(size) < data.draw(st.integers(1, size))
    strengths = np.random.default_rng(seed).random(size)
    chosen = np.random.default_rng(seed).permutation(chosen)
    plain = plain_sets(chosen, 7, np.random.default_rng(seed))
    matched = matched_sets(chosen, strengths, 7, np.random.default_rng(seed))
    assert plain.shape == matched.shape == (7, size)
    assert (plain.sum(axis=1) == chosen.sum()).all()
    for tenth in np.array_split(np.argsort(strengths), STRATA):
        assert (matched[:, tenth].sum(axis=1) == chosen[tenth].sum()).all()


def test_every_direction_is_drawn_about_equally_often_and_equal_seeds_draw_alike() -> None:
    chosen = np.arange(40) < 10
    sets = plain_sets(chosen, 4000, np.random.default_rng(3))
    assert abs(sets.mean(axis=0) - 0.25).max() < 0.04
    np.testing.assert_array_equal(sets, plain_sets(chosen, 4000, np.random.default_rng(3)))
    strengths = np.arange(40.0)
    matched = matched_sets(chosen, strengths, 4000, np.random.default_rng(3))
    # The ten weakest, of tenths of four: two tenths whole, half of the third.
    np.testing.assert_allclose(
        matched.mean(axis=0), np.r_[np.ones(8), np.full(4, 0.5), np.zeros(28)], atol=0.04
    )
