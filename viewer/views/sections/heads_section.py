"""The page of heads: how each head of a matrix memory remembers, how much of what it reads out the
picture shows, and what a selected unit holds after a selected word."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np

from viewer.data.analysis_tables import AnalysisTable, TableColumn, plain
from viewer.data.key_vectors import KeyVector, key_vector
from viewer.data.memory_heads import (
    Columns,
    clusters_sinks,
    coverage_rows,
    heads_of,
    readers_of,
    sinks_text,
)
from viewer.state.explorer_state import ExplorerState
from viewer.views.charts.key_chart import KeyChart
from viewer.views.messages import listen
from viewer.views.sections.section import ChartOrText, LatestQuestion, Section, TextLine
from viewer.views.sections.tables_section import data_table, table_data
from warehouse.reader import Release

NO_MEMORY = "This layer does not remember in a matrix: its state is a number a unit, without heads."
NO_CHOICE = (
    "Select a unit (click a memory cell or a row of the table) and a word of a recorded sentence, "
    "to see what the unit holds after it."
)
READING = "Reading the memory up to that word …"
Question = tuple[Release, int, int, int | str, int]
"""Release, layer, unit, sentence and position."""


class HeadsSection(Section):
    """Remarks, the key vector of the selected unit after the selected word, and a table of the
    heads; a click on one selects its first unit."""

    depends = ("unit", "beside", "sentences", "step")

    def __init__(self, state: ExplorerState) -> None:
        super().__init__(state)
        self.coverage, self.sinks, self.head = TextLine(), TextLine(), TextLine()
        self.key = KeyChart()
        self.key_slot = ChartOrText(self.key.plot)
        self.latest = LatestQuestion(self._take)
        self.found: KeyVector | str = NO_CHOICE
        self.table = data_table()
        listen(self.table, self._receive)
        self.column[:] = [self.coverage, self.sinks, self.key_slot, self.head, self.table]

    def draw(self) -> None:
        state = self.state
        heads = heads_of(state.release, state.layer)
        there = len(heads["head"]) > 0
        said = [
            f"{who} {text}." for who, text in coverage_rows(heads, readers_of(state.facts.model))
        ]
        self.coverage.say(" ".join(said) if there else NO_MEMORY)
        self.sinks.say(sinks_text(heads, clusters_sinks(state.facts.model)))
        self.table.visible = self.key_slot.root.visible = there
        self._ask(self._chosen() if there else None)
        if there:
            shown = table_data("units", heads_table(heads), state)
            self.table.param.update(table=shown, chosen=_first_units(heads, state.units))

    def _chosen(self) -> Question | None:
        """The unit and the word of a sentence that are selected, the first of each."""
        state = self.state
        if not state.units or state.step is None or state.step[0] >= len(state.sentences):
            return None
        sentence = state.sentences[state.step[0]]
        return state.release, state.layer, state.units[0], sentence, state.step[1]

    def _ask(self, question: Question | None) -> None:
        self.key.dress(self.theme)
        if question == self.latest.question:
            self._show()
            return
        self.latest.question = None
        self._take(READING if question else NO_CHOICE)
        if question:
            self.latest.ask(question, partial(key_vector, *question))

    def _take(self, found: KeyVector | str) -> None:
        self.found = found
        self._show()

    def _show(self) -> None:
        self.head.say(self.found.caption if isinstance(self.found, KeyVector) else "")
        self.key_slot.fill(self._draw_key)

    def _draw_key(self) -> str:
        if isinstance(self.found, str):
            return self.found
        self.key.show(self.found)
        return ""

    def _receive(self, message: Mapping[str, Any]) -> None:
        state = self.state
        match message:
            case {"type": "unit", "unit": int(unit)} if unit in range(state.num_units):
                state.select_units([unit])
            case {"type": "add_unit", "unit": int(unit)} if unit in range(state.num_units):
                state.toggle_unit(unit)
            case {"type": "presentation", "panes": ["detail"]}:
                state.presentation = [] if state.presentation == ["detail"] else ["detail"]


def _first_units(heads: Columns, units: list[int]) -> list[int]:
    """The first unit of the head of each of some units."""
    places = np.searchsorted(heads["first_unit"], units, side="right") - 1
    return sorted({int(unit) for unit in heads["first_unit"][places]})


def heads_table(heads: Columns) -> AnalysisTable:
    """A row a head, by number; ``ids`` are their first units."""
    first, sizes = heads["first_unit"], heads["num_units"]
    units = [f"{a}–{a + n - 1}" if n > 1 else f"{a}" for a, n in zip(first, sizes, strict=True)]
    return AnalysisTable(first.tolist(), (
        TableColumn("head", "count", heads["head"].tolist()),
        TableColumn("units", "text", units),
        TableColumn("covered", "fraction", plain(heads["coverage"])),
        TableColumn("half-life", "number", plain(heads["half_life"])),
        TableColumn("norm", "number", plain(heads["mean_norm"])),
        TableColumn("rank", "number", plain(heads["effective_rank"])),
        TableColumn("first token", "fraction", plain(heads["first_token_share"])),
        TableColumn("", "text", ["sink" if sink else "" for sink in heads["sink"]]),
    ))  # fmt: skip
