"""What the pages of the detail view have in common: they are drawn only while they are visible."""

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from html import escape
from typing import Any, ClassVar, TypeVar

import panel as pn

from viewer.state.explorer_state import ANALYSED, ExplorerState
from viewer.theme_colours import Theme
from viewer.views.charts.chart_frame import Choice
from viewer.views.widgets import WIDE, HtmlLine, View
from warehouse.errors import RnnvisError

_FAILED = "This failed: {kind}: {error}. The log of the viewer says where."
_WORKERS = ThreadPoolExecutor(max_workers=2, thread_name_prefix="rnnvis-query")
Answer = TypeVar("Answer")


def word_choice(state: ExplorerState) -> Choice:
    """What a click on a word of a chart does."""
    return Choice(lambda word: state.select_words([word]), state.toggle_word)


def unit_choice(state: ExplorerState) -> Choice:
    """What a click on a unit of a chart does."""
    return Choice(lambda unit: state.select_units([unit]), state.toggle_unit)


def in_one_message() -> AbstractContextManager[None]:
    """Sends the changes that are made within the block to the browser together.

    Panel sends its own changes, such as new models, later than Bokeh sends those of a chart while
    the connection is busy: a chart would then arrive before the models that it consists of, and the
    page would stop ("reference p2549 isn't known"). Before the browser reports that the page is
    loaded, Panel sends nothing later, and would drop what it holds.
    """
    held: AbstractContextManager[None] = pn.io.hold() if pn.state.loaded else nullcontext()
    return held


class TextLine(HtmlLine):
    """A sentence on a line of its own, or nothing."""

    def __init__(self) -> None:
        super().__init__(margin=(6, 12))

    def say(self, text: str) -> None:
        self.put(f"<div class=hint>{escape(text)}</div>" if text else "")


class ChartOrText(View):
    """A chart, or a sentence in its place."""

    def __init__(self, plot: Any) -> None:
        super().__init__()
        self.text = TextLine()
        self.chart = pn.Column(pn.pane.Bokeh(plot, **WIDE), **WIDE, margin=0)
        self.root = pn.Column(self.text, self.chart, **WIDE, margin=0)

    def fill(self, draw: Callable[[], str]) -> None:
        """Calls ``draw``, which draws the chart and returns "", or returns why it cannot."""
        sentence = said(draw)
        self.text.say(sentence)
        self.chart.visible = not sentence


def said(draw: Callable[[], str]) -> str:
    """What ``draw`` returns, or the text of its error: other pages go on working."""
    try:
        return draw()
    except RnnvisError as error:
        return str(error)


class Section(View):
    """One page. ``draw`` is called when it is opened and, while it is visible, whenever one of the
    parameters in ``depends`` has changed; always under the document's lock, at the next tick."""

    depends: ClassVar[Sequence[str]] = ()

    def __init__(self, state: ExplorerState) -> None:
        super().__init__()
        self.state = state
        self.root = self.column = pn.Column(**WIDE, margin=0, visible=False)
        self._stale, self._waiting = True, False
        state.watch(
            self._change, *ANALYSED, "partner", "dark", "presentation", "room", *self.depends
        )

    @property
    def theme(self) -> Theme:
        return self.state.chart_theme

    def draw(self) -> None:
        """Draws everything from the state, which has no problem."""
        raise NotImplementedError

    def appear(self) -> None:
        self._refresh()
        self.column.visible = True

    def leave(self) -> None:
        self.column.visible = False

    def _change(self) -> None:
        self._stale = True
        if self.column.visible and not self._waiting:
            self._waiting = True
            # Bokeh's models need the document's lock, which a change made by the Enter key does not
            # hold.
            pn.state.execute(self._refresh, schedule=True)

    def _refresh(self) -> None:
        self._waiting = False
        if self._stale and not self.state.problem:
            self._stale = False
            with in_one_message():
                self.draw()


def _answer_of(query: Callable[[], Answer]) -> Answer | str:
    """What ``query`` returns, or a sentence on the error that it raises."""
    try:
        return query()
    except RnnvisError as error:
        return str(error)
    except Exception as error:
        logging.getLogger(__name__).exception("a background query failed")
        return _FAILED.format(error=error, kind=type(error).__name__)


def ask(query: Callable[[], Answer], take: Callable[[Answer | str], None]) -> None:
    """Calls ``query`` in a thread, then ``take`` under the document's lock, with the answer or with
    a sentence on the error.

    Without a session (a test, an export) both are called at once.
    """
    document = pn.state.curdoc
    if document is None or document.session_context is None:
        take(_answer_of(query))
        return

    def show(answer: Answer | str) -> None:
        with in_one_message():
            take(answer)

    def hand_over(answered: "Future[Answer | str]") -> None:
        if document.session_context is not None:  # the page may have been closed meanwhile
            document.add_next_tick_callback(partial(show, answered.result()))

    _WORKERS.submit(_answer_of, query).add_done_callback(hand_over)


class LatestQuestion:
    """The question that was asked last, if any. ``take`` is called with its answer, or a sentence
    on the error; never with that of an earlier one."""

    def __init__(self, take: Callable[[Any], None]) -> None:
        self.question: Any = None
        self._take = take

    def ask(self, question: object, query: Callable[[], object]) -> None:
        """Asks, as ``ask`` does; ``query`` finds the answer."""
        self.question = question
        ask(query, partial(self._take_of, question))

    def _take_of(self, question: object, answer: object) -> None:
        if question == self.question:
            self._take(answer)
