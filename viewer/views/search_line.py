"""Finding words and units by name."""

from itertools import islice
from typing import Any

from panel.custom import JSComponent

from viewer.data.name_search import MOST, suggested_words, suggestions
from viewer.data.word_filter import filtered_words, is_filter
from viewer.state.explorer_state import ExplorerState
from viewer.state.session import Session
from viewer.style import COMPONENT
from viewer.theme_colours import TAG_NAMES
from viewer.views.messages import listen
from viewer.views.widgets import WIDE, View
from warehouse.errors import RnnvisError

LONGEST = 200
"""Characters of a name that are looked at; no vocabulary holds longer ones."""


class FindComponent(JSComponent):
    """A line with suggestions; it sends what is typed and receives names as messages."""

    _bundle = COMPONENT / "panels" / "search_line.js"


class FindView(View):
    """Suggests names for what is typed, and selects what is entered or reports why not: in the left
    pane first, then in the right one, which may have other words."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.root = self.component = FindComponent(**WIDE, margin=(0, 0, 8, 0))
        listen(self.component, self._receive)

    def _receive(self, message: dict[str, Any]) -> None:
        match message:
            case {"type": "typed", "text": str(text)}:
                names = self.names(text[-LONGEST:])
                self.component._send_msg({"type": "names", "text": text, "names": names})
            case {"type": "find", "text": str(text)} if self._panes:
                problem = self.find(text.strip()[:LONGEST])
                self.component._send_msg({"type": "answer", "problem": problem})

    @property
    def _panes(self) -> list[ExplorerState]:
        """The panes that show something."""
        return [pane for pane in self._session.panes if not pane.problem]

    def find(self, text: str) -> str:
        """Selects what a text names in the first pane that knows it; returns what is wrong with it
        in the first pane of all, or ""."""
        if is_filter(text):
            return _filter_problem(self._panes[0], text)
        problems = []
        for pane in self._panes:
            problems.append(pane.find(text))
            if not problems[-1]:
                return ""
        return problems[0]

    def names(self, text: str) -> list[dict[str, Any]]:
        """What to offer for a text that is being written, tags in words."""
        found: dict[str, dict[str, Any]] = {}
        for pane in self._panes:
            for name in _names_in(pane, text):
                found.setdefault(name["name"], name)
        return [name | {"tag": TAG_NAMES.get(name["tag"])} for name in islice(found.values(), MOST)]


def _names_in(pane: ExplorerState, text: str) -> list[dict[str, Any]]:
    try:
        if is_filter(text):
            return suggested_words(filtered_words(pane.release, text.strip()), pane.vocabulary)
        return suggestions(text, pane.vocabulary, pane.num_units)
    except RnnvisError:
        return []  # entering the text reports it


def _filter_problem(pane: ExplorerState, text: str) -> str:
    """Why no word meets the conditions that a text states."""
    try:
        filtered_words(pane.release, text)
    except RnnvisError as error:
        return error.message
    return f"no recorded word meets {text}"
