"""Two lines on a comparison: what differs most between its panes, and how alike they are."""

from functools import partial
from html import escape

from viewer.data.pane_similarity import Place, similarity_text
from viewer.data.release_store import strongest_words
from viewer.state.explorer_state import ANALYSED
from viewer.state.session import Session
from viewer.views.match_data import difference_text
from viewer.views.sections.section import LatestQuestion
from viewer.views.widgets import HtmlLine

COMPARING = "Comparing …"


class DifferenceLine(HtmlLine):
    """Hidden while there is one picture, or where nothing can be matched."""

    def __init__(self, session: Session) -> None:
        super().__init__(margin=(8, 12, 0, 12))
        self._session = session
        session.watch_panes(self._draw, *ANALYSED, "num_clusters", "multiples")

    def _draw(self) -> None:
        left, right = self._session.left, self._session.right
        matching = None if right is None or left.match is None else left.match.matching()
        if matching is None or left.multiples:
            self.put("")
            return
        one, other = (strongest_words(p.release, p.released_analysis) for p in (left, right))
        said, differs = difference_text(matching, (one, other)).split(":", 1)
        self.put(f"<div class=hint><b>{said}</b>:{escape(differs)}</div>")


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
        places = [Place(pane.release, pane.layer, pane.state) for pane in panes]
        if places != self.latest.question:
            self._say(COMPARING)
            self.latest.ask(places, partial(similarity_text, *places))

    def _say(self, text: str) -> None:
        self.put(escape(text))
