import numpy as np

from tests.examples.whole_units import whole_units
from warehouse.chips import Chips

STATES = np.array([[0.5, -2.0], [0.0, 1.0]], np.float32)


def test_a_falling_direction_sees_the_negative() -> None:
    units, directions = np.array([0, 1, 0, 1]), np.array([1, 1, -1, -1])
    chips = Chips(3, units, directions, np.array([0, 2, 2, 2]))
    oriented = chips.orient(STATES)
    np.testing.assert_array_equal(oriented, [[0.5, -2, -0.5, 2], [0, 1, 0, -1]])
    assert oriented.dtype == np.float32
    assert chips.sizes.tolist() == [1, 0, 3]


def test_whole_units_are_seen_as_they_are() -> None:
    chips = whole_units(np.array([1, 0]), 2)
    np.testing.assert_array_equal(chips.orient(STATES), STATES)
    assert chips.sizes.tolist() == [1, 1]
