"""In which chips a unit is, in words."""

import numpy as np

from tests.examples.whole_units import whole_units
from viewer.data.unit_chips import chips_of_units
from warehouse.chips import Chips

UNITS = np.array([2, 0, 1, 0, 2, 1], np.int32)
DIRECTIONS = np.array([1, 1, 1, -1, -1, -1], np.int32)


def test_both_directions_of_a_unit_are_named() -> None:
    chips = Chips(9, UNITS, DIRECTIONS, np.array([8, 0, 3, 4, 5, 6], np.int32))
    assert chips_of_units(chips, 3) == ["▲ 1  ▼ 5", "▲ 4  ▼ 7", "▲ 9  ▼ 6"]


def test_a_whole_unit_is_in_one_chip() -> None:
    chips = whole_units(np.array([2, 0], np.int32), 3)
    assert chips_of_units(chips, 2) == ["chip 3", "chip 1"]


def test_a_unit_in_no_chip_is_in_none() -> None:
    chips = Chips(9, UNITS, DIRECTIONS, np.array([8, 0, 3, 4, 5, 6], np.int32))
    names = [f"name{number}" for number in range(1, 10)]
    assert chips_of_units(chips, 4, names)[-2:] == ["▲ 9 name9  ▼ 6 name6", "▲ none  ▼ none"]
