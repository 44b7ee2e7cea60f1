"""The detail view: the selected word's response over all units, the selected unit's words."""

from collections.abc import Callable
from html import escape
from typing import Any

import panel as pn

from viewer import store
from viewer.state import ANALYSED, ExplorerState
from viewer.style import WIDGET_STYLE
from viewer.theme import theme_of
from viewer.views.charts import ResponseChart, UnitChart
from warehouse.errors import RnnvisError

TOP_WORDS = 14
NO_WORD = "Click a word to see its response over all units."
NO_UNIT = "Click a memory cell to see the words that move it most."


class ChartOrText(pn.viewable.Viewer):
    """A chart, or a sentence in its place."""

    def __init__(self, plot: Any) -> None:
        super().__init__()
        pane = pn.pane.Bokeh(plot, sizing_mode="stretch_width")
        self.chart = pn.Column(pane, sizing_mode="stretch_width", margin=0)
        self.text = pn.pane.HTML(
            sizing_mode="stretch_width", margin=(8, 12), stylesheets=[WIDGET_STYLE]
        )

    def __panel__(self) -> pn.Column:
        return pn.Column(self.text, self.chart, sizing_mode="stretch_width", margin=0)

    def fill(self, draw: Callable[[], str]) -> None:
        """Calls ``draw``, which draws the chart and returns "", or else why it cannot."""
        try:
            sentence = draw()
        except RnnvisError as error:
            sentence = str(error)
        text = f"<div class=hint>{escape(sentence)}</div>"
        self.text.param.update(object=text, visible=bool(sentence))
        self.chart.visible = not sentence


class DetailView(pn.viewable.Viewer):
    """Response chart over unit chart."""

    def __init__(self, state: ExplorerState) -> None:
        super().__init__()
        self.state = state
        self.response, self.unit = ResponseChart(), UnitChart()
        self.slots = (ChartOrText(self.response.plot), ChartOrText(self.unit.plot))
        state.watch(self._soon(self._dress), "dark")
        state.watch(self._soon(self._show), *ANALYSED, "word", "unit")
        self._dress()
        self._show()

    def __panel__(self) -> pn.Column:
        return pn.Column(*self.slots, sizing_mode="stretch_width", margin=0)

    def _soon(self, draw: Callable[[], None]) -> Callable[[], None]:
        """Draws at the next tick, which holds the document's lock that Bokeh's models ask for;
        a change that comes with the Enter key does not."""
        return lambda: pn.state.execute(draw, schedule=True)

    def _dress(self) -> None:
        for chart in (self.response, self.unit):
            chart.dress(theme_of(self.state.dark))

    def _show(self) -> None:
        for slot, draw in zip(self.slots, (self._draw_word, self._draw_unit), strict=True):
            slot.fill(draw)

    def _draw_word(self) -> str:
        state = self.state
        if state.problem or state.word is None:
            return "" if state.problem else NO_WORD
        response = store.word_response(state.release, state.layer, state.state, state.word)
        self.response.show(state.vocabulary.words[state.word], response, state.unit)
        return ""

    def _draw_unit(self) -> str:
        state = self.state
        if state.problem or state.unit is None:
            return "" if state.problem else NO_UNIT
        words = store.unit_boxes(state.release, state.layer, state.state, state.unit, TOP_WORDS)
        minimum = state.facts.minimum_count
        if not words.num_rows:
            return f"No word was seen {minimum} times or more, so unit {state.unit} has no boxes."
        self.unit.show(state.unit, words, minimum)
        return ""
