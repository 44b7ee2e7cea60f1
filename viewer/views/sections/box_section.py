"""Box plots of the selected units over the words that move each most, side by side on one scale."""

from typing import Any

import panel as pn
import pyarrow as pa
from bokeh.models import Column, Row, Spacer

from viewer.state.explorer_state import ExplorerState
from viewer.views.charts.box_chart import ABOVE_BOXES, AT_AXIS, BoxChart
from viewer.views.charts.chart_frame import span
from viewer.views.sections.section import TextLine, said, word_choice
from viewer.views.selection_chips import chips, unit_items
from viewer.views.shared_scales import box_ends, boxes_of, shared_ends
from viewer.views.widgets import WIDE, View, bound

NO_UNIT = "Click a memory cell to see the words that move it most; with Shift, several together."


class Boxes(View):
    """Chips of the units, the limits on their words, and a chart a unit."""

    def __init__(self, state: ExplorerState) -> None:
        super().__init__()
        self.state = state
        self.units = chips(state.toggle_unit)
        limits = {"top_words": "Words a unit", "minimum_count": "Least count"}
        style = {"margin": (0, 10, 2, 10), "description": None}
        self.limits = pn.Row(
            *(bound(state, pn.widgets.IntInput, name, label, **style)
              for name, label in limits.items()),
            **WIDE, margin=(0, 2, 0, 0),
        )  # fmt: skip
        self.text = TextLine()
        self.charts: list[BoxChart] = []
        self._arranged = 0
        self.grid: Any = Column(children=[], sizing_mode="stretch_width")
        self.rows = pn.pane.Bokeh(self.grid, **WIDE, margin=0)
        self.root = pn.Column(self.units, self.limits, self.text, self.rows, **WIDE, margin=0)

    def draw(self) -> None:
        """Draws everything from the state, which has no problem."""
        self.units.items = unit_items(self.state)
        self.limits.visible = bool(self.state.units)
        problem = said(self._draw_units)
        self.text.say(problem)
        self.rows.visible = not problem

    def _draw_units(self) -> str:
        units = self.state.units
        if not units:
            return NO_UNIT
        words = boxes_of(self.state)
        if not words[0].num_rows:
            return f"No word was seen {self.state.minimum_count:,} times or more: no boxes."
        self._make(len(units))
        ends = span(*(shared_ends(self.state, box_ends) or (0.0, 0.0)))
        for chart, unit, table in zip(self.charts, units, words, strict=False):
            self._draw_unit(chart, unit, table, ends)
        self._arrange(len(units))
        return ""

    def _make(self, count: int) -> None:
        """Makes the charts that have not been needed so far."""
        while len(self.charts) < count:
            self.charts.append(BoxChart(on_word=word_choice(self.state)))

    def _arrange(self, count: int) -> None:
        """Shows so many charts, two a row. Bokeh itself lays them out: what Panel adds to the page
        reaches the browser later than what the next click changes in it."""
        if count == self._arranged:
            return
        self._arranged = count
        shown: list[Any] = [chart.plot for chart in self.charts[:count]]
        if count > 1 and count % 2:
            shown.append(Spacer(sizing_mode="stretch_width"))
        pairs = [shown[i : i + 2] for i in range(0, len(shown), 2)]
        self.grid.children = [Row(children=pair, sizing_mode="stretch_width") for pair in pairs]

    def _draw_unit(
        self, chart: BoxChart, unit: int, words: pa.Table, ends: dict[str, float]
    ) -> None:
        state, theme = self.state, self.state.chart_theme
        chart.dress(theme)
        colours = dict(zip(state.words, theme.words, strict=False))
        labels = AT_AXIS if len(state.units) == 1 else ABOVE_BOXES
        chart.show(unit, words, ends=ends, colours=colours, labels=labels)
