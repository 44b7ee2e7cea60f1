"""One line under a comparison: how alike the two panes are, found in the background."""

from functools import partial
from html import escape

from viewer.data.pane_similarity import Place, similarity_text
from viewer.state.session import Session
from viewer.views.sections.section import LatestQuestion
from viewer.views.widgets import HtmlLine

COMPARING = "Comparing …"


class SimilarityLine(HtmlLine):
    """Linear CKA between the panes of a comparison; hidden while there is only one."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.latest = LatestQuestion(self._say)
        session.watch_panes(self._draw, "release_id", "problem", "layer", "state")

    def _draw(self) -> None:
        panes = self._session.panes
        if len(panes) < 2 or any(pane.problem for pane in panes):
            self.latest.question = None
            self._say("")
            return
        places = [Place(pane.release, int(pane.layer), pane.state) for pane in panes]
        if places != self.latest.question:
            self._say(COMPARING)
            self.latest.ask(places, partial(similarity_text, *places))

    def _say(self, text: str) -> None:
        self.put(escape(text))
