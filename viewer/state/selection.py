"""The selected words and units, and how the detail view shows them.

The first word colours the units and the first unit has the frame; further ones are compared with
them.
"""

from collections.abc import Sequence
from typing import Any, TypeVar

import param

from viewer.state.detail_pages import PAGES

T = TypeVar("T")
MOST_WORDS = 3
MOST_UNITS = 4
SECTIONS = tuple(PAGES)
MATCHED_BY = ("all units", "highlighted chip", "selected units")


class Selection(param.Parameterized):
    """The part of the state that concerns the detail view."""

    word = param.Integer(default=None, allow_None=True, doc="word id, or none")
    overlaid: Any = param.List(default=[], item_type=int, doc="ids of up to two further words")
    unit = param.Integer(default=None, allow_None=True, doc="unit of the layer, or none")
    beside: Any = param.List(default=[], item_type=int, doc="up to three further units")
    sorted_by = param.Integer(
        default=None, allow_None=True, doc="id of the word that sorts units; the first if none"
    )  # fmt: skip
    top_words = param.Integer(default=14, bounds=(2, 40), doc="words a unit is explained by")
    minimum_count = param.Integer(default=5, bounds=(1, None), doc="occurrences that they have")
    stretch = param.Integer(
        default=3, bounds=(1, 20), doc="words of a pattern, up to the selected step"
    )  # fmt: skip
    matched_by: Any = param.Selector(
        default=MATCHED_BY[0], objects=list(MATCHED_BY), doc="the units that a pattern is made of"
    )
    section: Any = param.Selector(default=SECTIONS[0], objects=list(SECTIONS))

    @property
    def words(self) -> list[int]:
        """Ids of all selected words, the first one first."""
        return _all(self.word, self.overlaid)

    @property
    def units(self) -> list[int]:
        """All selected units, the first one first."""
        return _all(self.unit, self.beside)

    @property
    def sorting_word(self) -> int | None:
        """The selected word by whose response units are sorted."""
        return self.sorted_by if self.sorted_by in self.words else self.word

    def select_words(self, words: Sequence[int]) -> None:
        """Selects these words, at most ``MOST_WORDS``, and no others."""
        first, further = _parted(words)
        self.param.update(word=first, overlaid=further)

    def select_units(self, units: Sequence[int]) -> None:
        """Selects these units, at most ``MOST_UNITS``, and no others."""
        first, further = _parted(units)
        self.param.update(unit=first, beside=further)

    def toggle_word(self, word_id: int) -> None:
        """Adds a word to the selected ones, or removes it."""
        self.select_words(toggled(self.words, word_id, MOST_WORDS))

    def toggle_unit(self, unit: int) -> None:
        """Adds a unit to the selected ones, or removes it."""
        self.select_units(toggled(self.units, unit, MOST_UNITS))


def _all(first: int | None, further: Sequence[int]) -> list[int]:
    return [] if first is None else list(dict.fromkeys([first, *further]))


def _parted(chosen: Sequence[int]) -> tuple[int | None, list[int]]:
    return (chosen[0], list(chosen[1:])) if chosen else (None, [])


def toggled(chosen: Sequence[T], value: T, most: int) -> list[T]:
    """``chosen`` without ``value``, or with it at the end; where they are ``most`` already, the
    oldest but the first is dropped."""
    if value in chosen:
        return [other for other in chosen if other != value]
    kept = chosen if len(chosen) < most else [chosen[0], *chosen[2:]]
    return [*kept, value]
