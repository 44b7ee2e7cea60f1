"""In which chips a unit is: of directions, in that of each."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np

from warehouse.arrays import Int32Array
from warehouse.chips import Chips

SIGNS: Mapping[int, str] = MappingProxyType({1: "▲", -1: "▼", 0: "chip"})
"""How a direction is written; a whole unit has none."""


def chip_numbers(chips: Chips, num_units: int) -> Mapping[int, Int32Array]:
    """int32[units] by direction: the number of each unit's chip, from 1 as on the screen; 0 of a
    unit that is in none, as a sink's."""
    numbers = {}
    for direction in sorted(set(chips.directions.tolist()), reverse=True):
        chosen = chips.directions == direction
        found = np.zeros(num_units, np.int32)
        found[chips.units[chosen]] = chips.clusters[chosen] + 1
        numbers[direction] = found
    return numbers


def named(number: int, names: Sequence[str]) -> str:
    """A chip's number, from 1, with the name that it was given, if any; 0 for none."""
    if not number:
        return "none"
    return f"{number} {names[number - 1]}".strip() if names else str(number)


def chips_of_directions(chips: Chips, num_units: int, names: Sequence[str] = ()) -> list[list[str]]:
    """By direction the chip of every unit, "▲ 3", "▼ 7 nouns", or "chip 4" of a whole unit;
    ``names`` of the chips, "" without one."""
    numbers = chip_numbers(chips, num_units)
    return [_texts(direction, found, names) for direction, found in numbers.items()]


def chips_of_units(chips: Chips, num_units: int, names: Sequence[str] = ()) -> list[str]:
    """The chips of every unit, "▲ 3  ▼ 7 nouns"."""
    by_direction = chips_of_directions(chips, num_units, names)
    return ["  ".join(found) for found in zip(*by_direction, strict=True)]


def _texts(direction: int, numbers: Int32Array, names: Sequence[str]) -> list[str]:
    """The chip of every unit in one direction, each different text made once."""
    different, places = np.unique(numbers, return_inverse=True)
    texts = [f"{SIGNS[direction]} {named(number, names)}" for number in different.tolist()]
    return [texts[place] for place in places.tolist()]
