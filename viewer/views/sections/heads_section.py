"""The page of heads: how each head of a matrix memory remembers, and how much of what it reads out
the picture shows."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from viewer.data.analysis_tables import AnalysisTable, TableColumn, plain
from viewer.data.memory_heads import Columns, coverage_rows, heads_of, sinks_text
from viewer.state.explorer_state import ExplorerState
from viewer.views.messages import listen
from viewer.views.sections.section import Section, TextLine
from viewer.views.sections.tables_section import data_table, table_data

NO_MEMORY = "This layer does not remember in a matrix: its state is a number a unit, without heads."


class HeadsSection(Section):
    """Remarks, and a table of the heads; a click on one selects its first unit."""

    depends = ("unit", "beside")

    def __init__(self, state: ExplorerState) -> None:
        super().__init__(state)
        self.coverage, self.sinks = TextLine(), TextLine()
        self.table = data_table()
        listen(self.table, self._receive)
        self.column[:] = [self.coverage, self.sinks, self.table]

    def draw(self) -> None:
        state = self.state
        heads = heads_of(state.release, int(state.layer))
        there = len(heads["head"]) > 0
        said = [f"{name} {text}." for name, text in coverage_rows(heads)]
        self.coverage.say(" ".join(said) if there else NO_MEMORY)
        self.sinks.say(sinks_text(heads))
        self.table.visible = there
        if there:
            shown = table_data("units", heads_table(heads), state)
            self.table.param.update(table=shown, chosen=_first_units(heads, state.units))

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
