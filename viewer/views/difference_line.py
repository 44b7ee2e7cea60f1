"""One line above two compared pictures: what differs most between them."""

from html import escape

from viewer.state.explorer_state import ANALYSED
from viewer.state.session import Session
from viewer.views.match_data import difference_text, strongest_words
from viewer.views.widgets import HtmlLine


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
        words = strongest_words(left), strongest_words(right)
        said, differs = difference_text(matching, words).split(":", 1)
        self.put(f"<div class=hint><b>{said}</b>:{escape(differs)}</div>")
