"""Clusters of directions depend neither on the signs nor on the order of units."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnvis_assets.co_clusters.co_clustering import CoClustering, canonical_order, co_cluster
from tests.rnnvis_assets.co_clusters.made_up_responses import low_rank

WORDS, UNITS = 25, 9
SIGNS = st.lists(st.sampled_from([-1.0, 1.0]), min_size=UNITS, max_size=UNITS)
ORDERS = st.permutations(range(UNITS))


def responses(seed: int) -> np.ndarray:
    """Some words and units without a response, some units alike, some of one sign."""
    values = low_rank(WORDS, UNITS, rank=3, seed=seed)
    values[3], values[:, 2], values[:, 5] = 0, 0, values[:, 4]
    values[:, 7] = np.abs(values[:, 7])
    return values


def run(values: np.ndarray) -> list[CoClustering]:
    return co_cluster(values, "signed", clusters=range(2, 5), seeds=2)


@pytest.mark.slow
@settings(max_examples=10)
@given(st.integers(0, 50), SIGNS, ORDERS)
def test_any_signs_and_any_order_of_units_give_the_same_tables(
    seed: int, signs: list[float], order: list[int]
) -> None:
    values = responses(seed)
    for found, changed in zip(run(values), run((values * signs)[:, order]), strict=True):
        np.testing.assert_array_equal(changed.words, found.words)
        np.testing.assert_array_equal(changed.centrality, found.centrality)
        np.testing.assert_array_equal(changed.strength, found.strength)
        for name in ("weight", "positive", "negative"):
            np.testing.assert_array_equal(getattr(changed.links, name), getattr(found.links, name))
        assert changed.quality == found.quality
        assert changed.seed == found.seed
        assert _cells(changed, np.array(order), np.array(signs)[order]) == _cells(
            found, np.arange(UNITS), np.ones(UNITS)
        )


def _cells(found: CoClustering, units: np.ndarray, signs: np.ndarray) -> set[tuple[int, ...]]:
    """Unit, direction and cluster in the terms of the original network. Of units that are alike,
    any may stand for the others; one without responses has no direction."""
    chips, alike = found.chips, {5: 4}
    unit, direction = units[chips.units], (signs[chips.units] * chips.directions).astype(int)
    cells = zip(unit.tolist(), direction.tolist(), chips.clusters.tolist(), strict=True)
    return {
        (alike.get(unit, unit), 0 if unit == 2 else direction, cluster)
        for unit, direction, cluster in cells
    }


def test_the_canonical_order_is_that_of_the_numbers() -> None:
    matrix = np.array([[2.0, 0.0, 2.0, -0.0], [1.0, 5.0, 0.5, 3.0]])
    assert canonical_order(matrix).tolist() == [3, 1, 2, 0]
