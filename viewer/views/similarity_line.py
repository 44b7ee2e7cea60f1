"""One line under a comparison: how alike the two panes are, found in the background."""

from functools import partial
from html import escape

import panel as pn

from viewer.data.pane_similarity import Place, similarity_text
from viewer.state.session import Session
from viewer.views.sections.section import ask
from viewer.views.widgets import small_html
from warehouse.errors import RnnvisError

COMPARING = "Comparing …"
Question = tuple[Place, Place]


class SimilarityLine(pn.viewable.Viewer):
    """Linear CKA between the panes of a comparison; hidden while there is only one."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.question: Question | None = None
        self.text = small_html()
        session.watch_panes(self._show, "release_id", "problem", "layer", "state")

    def __panel__(self) -> pn.pane.HTML:
        return self.text

    def _show(self) -> None:
        panes = self._session.panes
        if len(panes) < 2 or any(pane.problem for pane in panes):
            self.question = None
            self._say("")
            return
        first, second = (Place(pane.release, int(pane.layer), pane.state) for pane in panes)
        if (first, second) == self.question:
            return
        self.question = question = (first, second)
        self._say(COMPARING)
        ask(partial(answer, question), partial(self._take, question), partial(self._take, question))

    def _take(self, question: Question, text: str) -> None:
        if question == self.question:
            self._say(text)

    def _say(self, text: str) -> None:
        self.text.param.update(object=escape(text), visible=bool(text))


def answer(question: Question) -> str:
    """What is said of two panes; a problem where one cannot be read."""
    try:
        return similarity_text(*question)
    except RnnvisError as error:
        return str(error)
