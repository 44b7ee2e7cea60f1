"""The page of patterns: recorded stretches in which units were as in a stretch of a sentence."""

from html import escape

import numpy as np
import panel as pn

from viewer.data import release_store
from viewer.data.pattern_matches import MOST_COMPARED, Pattern, pattern_matches
from viewer.data.tokenized_sentence import text_of
from viewer.state.explorer_state import ExplorerState
from viewer.state.selection import MOST_UNITS
from viewer.views.sections.context_section import Occurrences
from viewer.views.sections.section import Section, TextLine
from viewer.views.widgets import bound, small_html
from warehouse.errors import RnnvisError

NO_STEP = (
    "Click a word of a sentence: this page finds the recorded stretches of text that left the "
    "memory most like the words up to it."
)
NO_CHIP = "Click a chip to compare its units only."
NO_UNIT = "Click memory cells, with Shift several, to compare these units only."
MEANING = "{units}; number: mean distance in standard deviations of each unit, 0 if equal."


class PatternsSection(Section):
    """The stretch that ends with the selected step, the choice of units, and what is like it."""

    depends = (
        "step", "sentences", "read_from", "stretch", "matched_by", "unit", "beside", "pinned",
        "num_clusters",
    )  # fmt: skip

    def __init__(self, state: ExplorerState) -> None:
        super().__init__(state)
        self.text = TextLine()
        label = "Words, up to the selected one"
        self.length = bound(state, pn.widgets.IntSlider, "stretch", label, margin=(4, 14))
        at_left = {"margin": (0, 12, 4, 10), "description": None}
        self.by = bound(state, pn.widgets.Select, "matched_by", "Compare", **at_left)
        self.shown = small_html(margin=(4, 12))
        self.matches = Occurrences(state, pattern_matches, self._show)
        self.column[:] = [self.length, self.by, self.text, self.shown, self.matches]

    def draw(self) -> None:
        self.shown.object = ""
        try:
            problem = self._problem() or self._look()
        except RnnvisError as error:
            problem = str(error)
        self.text.say(problem)
        if problem:
            self.matches.clear()

    def _problem(self) -> str:
        """What has to be selected first."""
        state = self.state
        if state.step is None or state.step[0] >= len(state.sentences):
            return NO_STEP
        if state.matched_by == "highlighted chip" and not state.pinned:
            return NO_CHIP
        return NO_UNIT if state.matched_by == "selected units" and not state.units else ""

    def _units(self) -> list[int]:
        state = self.state
        if state.matched_by == "selected units":
            return sorted(state.units)
        if state.matched_by == "all units":
            return list(range(state.num_units))
        chips = release_store.co_clustering(state.release, state.released_analysis).chips
        own = chips.clusters == int(state.pinned.split("~")[1]) - 1
        return np.unique(chips.units[own]).tolist()  # type: ignore[no-any-return]

    def _look(self) -> str:
        state, units = self.state, self._units()
        if not units:
            return "This chip has no units."
        index, last = state.step
        words = text_of(state.release, state.sentences[index]).words
        if last >= len(words):
            return NO_STEP
        first = max(last + 1 - state.stretch, 0)
        pattern = Pattern(
            state.layer, state.state, state.sentences[index], state.read_from,
            first, last + 1 - first, tuple(units),
        )  # fmt: skip
        self.shown.object = stretch_html(words, first, last + 1)
        self.matches.look_for((state.release, pattern), heading(units))
        return ""

    def _show(self, sentence: int, _: int) -> None:
        """Shows a match next to the sentence of the pattern."""
        index, position = self.state.step or (0, 0)
        own = self.state.sentences[index : index + 1]
        self.state.param.update(sentences=[*own, sentence], step=(0, position))


def heading(units: list[int]) -> str:
    """Which units are compared, and what the numbers mean."""
    few = ", ".join(f"unit {unit}" for unit in units)
    named = few if len(units) <= MOST_UNITS else f"{len(units):,} units"
    if len(units) > MOST_COMPARED:
        named = f"{MOST_COMPARED} of {len(units):,} units, those farthest from their mean"
    return MEANING.format(units=named[0].upper() + named[1:])


def stretch_html(words: tuple[str, ...], first: int, end: int) -> str:
    """A sentence with a stretch of it marked."""
    parts = (" ".join(words[:first]), " ".join(words[first:end]), " ".join(words[end:]))
    before, stretch, after = map(escape, parts)
    return f"<p class=stretch>{before} <mark>{stretch}</mark> {after}</p>"
