from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnvis_assets.configuration.affinity import AFFINITIES, Affinity, affinity_matrix


@pytest.mark.parametrize(
    ("affinity", "expected"),
    [
        ("signed", [[2, 0, 0, 3], [0, 1, 0, 0]]),
        ("positive", [[2, 0], [0, 1]]),
        ("negative", [[0, 3], [0, 0]]),
        ("absolute", [[2, 3], [0, 1]]),
        ("shifted", [[5, 0], [3, 4]]),
    ],
)
def test_each_affinity_is_what_its_name_says(affinity: Affinity, expected: list[list[int]]) -> None:
    responses = np.array([[2, -3], [0, 1]], np.float32)
    np.testing.assert_array_equal(affinity_matrix(responses, affinity), expected)


@given(st.integers(0, 2**32 - 1))
def test_no_affinity_is_below_zero(seed: int) -> None:
    responses = np.random.default_rng(seed).standard_normal((3, 4))
    for affinity in AFFINITIES:
        assert (affinity_matrix(responses, affinity) >= 0).all()


def test_every_affinity_has_a_row() -> None:
    assert get_args(Affinity) == tuple(AFFINITIES)
