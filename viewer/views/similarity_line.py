"""One line under a comparison: how alike the two panes are, found in the background."""

from functools import partial
from html import escape

import panel as pn

from viewer.data.pane_similarity import Place, similarity_text
from viewer.state.session import Session
from viewer.views.sections.section import LatestQuestion
from viewer.views.widgets import small_html

COMPARING = "Comparing …"


class SimilarityLine(pn.viewable.Viewer):
    """Linear CKA between the panes of a comparison; hidden while there is only one."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.latest = LatestQuestion(self._say)
        self.text = small_html()
        session.watch_panes(self._show, "release_id", "problem", "layer", "state")

    def __panel__(self) -> pn.pane.HTML:
        return self.text

    def _show(self) -> None:
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
        self.text.param.update(object=escape(text), visible=bool(text))
