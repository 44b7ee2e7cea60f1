"""The page of tables: all words, units or chips, to sort, filter and save; a click selects."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import panel as pn
import param
from panel.custom import JSComponent

from viewer.data.analysis_tables import TABLES, AnalysisTable, rows_problem
from viewer.data.name_search import pin_problem
from viewer.data.named_clusters import give_name
from viewer.export.export_tables import stem_of
from viewer.state.explorer_state import ExplorerState
from viewer.style import COMPONENT
from viewer.views.match_data import renumbered
from viewer.views.messages import listen
from viewer.views.sections.section import LatestQuestion, Section, TextLine, said
from viewer.views.widgets import WIDE, bound

_BUNDLED = Path(pn.__file__).parent / "dist" / "bundled" / "datatabulator"
FORM = "csv"
_SERVED = "static/extensions/panel/bundled/datatabulator"


def _tabulator(file: str) -> str:
    """Where the server has a file of the Tabulator that Panel ships. Panel's own model of it would
    add half a megabyte to every page."""
    (found,) = _BUNDLED.glob(f"tabulator-tables@*/dist/{file}")
    return f"{_SERVED}/{found.relative_to(_BUNDLED).as_posix()}"


class DataTable(JSComponent):
    """Draws a table; sends what is clicked, named, and how rows are arranged."""

    table = param.Dict(default={}, doc="kind, ids, form, file, columns: dicts of TableColumn")
    chosen = param.List(default=[], item_type=int, doc="ids of the selected rows")
    rows = param.String(default="", doc="how the rows are sorted and filtered, as JSON")
    script = param.String(default="", doc="address of Tabulator")
    style_sheet = param.String(default="", doc="address of its style")

    _bundle = COMPONENT / "panels" / "data_table.js"


def data_table() -> DataTable:
    """An empty table."""
    return DataTable(
        script=_tabulator("js/tabulator.min.js"),
        style_sheet=_tabulator("css/tabulator_simple.min.css"),
        **WIDE, margin=(0, 4, 8, 8),
    )  # fmt: skip


def table_data(kind: str, found: AnalysisTable, state: ExplorerState) -> dict[str, Any]:
    """What a ``DataTable`` draws; ``kind`` says what a click on a row selects."""
    return {
        "kind": kind, "ids": list(found.ids),
        "form": FORM, "file": f"{stem_of(state)}_{kind}.{FORM}",
        "columns": [vars(column) for column in found.columns],
    }  # fmt: skip


class TablesSection(Section):
    """A choice of the table, and the table, which is made in the background."""

    depends = (
        "table", "num_clusters", "word", "overlaid", "unit", "beside", "pinned", "renamed",
    )  # fmt: skip

    def __init__(self, state: ExplorerState) -> None:
        super().__init__(state)
        self.kinds = bound(
            state, pn.widgets.RadioButtonGroup, "table", "", margin=(2, 8, 4, 8),
            options={kind.capitalize(): kind for kind in TABLES}, css_classes=["turner"],
        )  # fmt: skip
        self.text = TextLine()
        self.shown = data_table()
        listen(self.shown, self._receive)
        self.latest = LatestQuestion(self._take)
        self.column[:] = [self.kinds, self.text, self.shown]

    def draw(self) -> None:
        state = self.state
        self.shown.param.update(chosen=self._chosen(), rows=state.table_rows)
        kind, of = state.table, (state.release, state.analysis)
        question = kind, of, state.renamed
        if question != self.latest.question:
            self.text.say("Reading …")
            self.latest.ask(question, partial(TABLES[kind], *of))

    def _chosen(self) -> list[int]:
        state = self.state
        shown = renumbered(state.pinned, state.analysis.to_shown)
        pinned = [int(shown.split("~")[1]) - 1] if shown else []
        return {"words": state.words, "units": state.units, "chips": pinned}[state.table]

    def _take(self, found: AnalysisTable | str) -> None:
        if isinstance(found, str):
            self.latest.question, self.shown.table = None, {}
            self.text.say(found)
            return
        self.text.say("")
        self.shown.table = table_data(self.latest.question[0], found, self.state)

    def _receive(self, message: Mapping[str, Any]) -> None:
        state = self.state
        match message:
            case {"type": "word", "word_id": int(word)} if word in range(state.num_words):
                state.select_words([word])
            case {"type": "add_word", "word_id": int(word)} if word in range(state.num_words):
                state.toggle_word(word)
            case {"type": "unit", "unit": int(unit)} if unit in range(state.num_units):
                state.select_units([unit])
            case {"type": "add_unit", "unit": int(unit)} if unit in range(state.num_units):
                state.toggle_unit(unit)
            case {"type": "pin", "pinned": str(text)} if not pin_problem(text, state.num_clusters):
                state.pinned = renumbered(text, state.analysis.to_released)
            case {"type": "presentation", "panes": ["detail"]}:
                state.presentation = [] if state.presentation == ["detail"] else ["detail"]
            case {"type": "arrange", "text": str(text)} if not rows_problem(text):
                self.shown.rows = state.table_rows = text
            case {"type": "name_cluster", "cluster": int(chip), "text": str(name)}:
                self.text.say(said(partial(self._name, chip, name)))

    def _name(self, chip: int, name: str) -> str:
        if chip in range(self.state.num_clusters):
            give_name(self.state.release, self.state.analysis, chip, name)
            # The table shows the name already: drawn again, it would end the next one's writing.
            *shown, _ = self.latest.question
            self.latest.question = (*shown, self.state.renamed + 1)
            self.state.renamed += 1
        return ""
