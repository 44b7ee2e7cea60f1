"""What the pages of the detail column have in common: they are drawn only while they are seen."""

from collections.abc import Callable, Sequence
from html import escape
from typing import Any, ClassVar

import panel as pn

from viewer.state.explorer_state import ANALYSED, ExplorerState
from viewer.style import WIDGET_STYLE
from viewer.theme import Theme
from viewer.views.charts.chart_frame import Choice
from warehouse.errors import RnnvisError

WIDE: dict[str, Any] = {"sizing_mode": "stretch_width"}


def word_choice(state: ExplorerState) -> Choice:
    """What a click on a word of a chart does."""
    return Choice(lambda word: state.select_words([word]), state.toggle_word)


def unit_choice(state: ExplorerState) -> Choice:
    """What a click on a unit of a chart does."""
    return Choice(lambda unit: state.select_units([unit]), state.toggle_unit)


class TextLine(pn.viewable.Viewer):
    """A sentence of its own, or nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.pane = pn.pane.HTML(**WIDE, margin=(6, 12), stylesheets=[WIDGET_STYLE])
        self.say("")

    def __panel__(self) -> pn.pane.HTML:
        return self.pane

    def say(self, text: str) -> None:
        shown = f"<div class=hint>{escape(text)}</div>"
        self.pane.param.update(object=shown, visible=bool(text))


class ChartOrText(pn.viewable.Viewer):
    """A chart, or a sentence in its place."""

    def __init__(self, plot: Any) -> None:
        super().__init__()
        self.text = TextLine()
        self.chart = pn.Column(pn.pane.Bokeh(plot, **WIDE), **WIDE, margin=0)
        self.column = pn.Column(self.text, self.chart, **WIDE, margin=0)

    def __panel__(self) -> pn.Column:
        return self.column

    def fill(self, draw: Callable[[], str]) -> None:
        """Calls ``draw``, which draws the chart and returns "", or else why it cannot."""
        sentence = said(draw)
        self.text.say(sentence)
        self.chart.visible = not sentence


def said(draw: Callable[[], str]) -> str:
    """What ``draw`` returns, or the text of its error: one page's failure is its own."""
    try:
        return draw()
    except RnnvisError as error:
        return str(error)


class Section(pn.viewable.Viewer):
    """One page. ``draw`` is called when it is turned to, and, while it is, whenever one of the
    parameters in ``depends`` has changed; always under the document's lock, at the next tick."""

    depends: ClassVar[Sequence[str]] = ()

    def __init__(self, state: ExplorerState) -> None:
        super().__init__()
        self.state = state
        self.column = pn.Column(**WIDE, margin=0, visible=False)
        self._stale, self._waiting = True, False
        state.watch(self._change, *ANALYSED, "dark", "presentation", *self.depends)

    def __panel__(self) -> pn.Column:
        return self.column

    @property
    def theme(self) -> Theme:
        return self.state.theme

    def draw(self) -> None:
        """Draws everything from the state, which has no problem."""
        raise NotImplementedError

    def appear(self) -> None:
        self.column.visible = True
        self._refresh()

    def leave(self) -> None:
        self.column.visible = False

    def _change(self) -> None:
        self._stale = True
        if self.column.visible and not self._waiting:
            self._waiting = True
            # Bokeh's models ask for the document's lock, which a change that comes with the Enter
            # key does not hold.
            pn.state.execute(self._refresh, schedule=True)

    def _refresh(self) -> None:
        self._waiting = False
        if self._stale and not self.state.problem:
            self._stale = False
            self.draw()
