"""One line above two compared pictures: what differs most between them."""

from html import escape

import panel as pn

from viewer.state.explorer_state import ANALYSED
from viewer.state.session import Session
from viewer.views.match_data import difference_text, strongest_words
from viewer.views.widgets import small_html


class DifferenceLine(pn.viewable.Viewer):
    """Hidden while there is one picture, or where nothing can be matched."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.text = small_html()
        self.text.margin = (8, 12, 0, 12)
        session.watch_panes(self._show, *ANALYSED, "num_clusters", "multiples")

    def __panel__(self) -> pn.pane.HTML:
        return self.text

    def _show(self) -> None:
        left, right = self._session.left, self._session.right
        matching = None if right is None or left.match is None else left.match.matching()
        if matching is None or left.multiples:
            self.text.param.update(object="", visible=False)
            return
        words = strongest_words(left), strongest_words(right)
        said, differs = difference_text(matching, words).split(":", 1)
        text = f"<div class=hint><b>{said}</b>:{escape(differs)}</div>"
        self.text.param.update(object=text, visible=True)
