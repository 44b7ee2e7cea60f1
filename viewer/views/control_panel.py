"""The control panel's middle: finding words and units, sentences, and the look of the picture."""

import panel as pn

from viewer.state.session import Session
from viewer.style import group
from viewer.views.appearance_controls import LookControls
from viewer.views.search_line import FindView
from viewer.views.sentence_picker import SentencePicker


class ControlView(pn.viewable.Viewer):
    """Widgets of what both panes of a comparison share (see ``pane_controls`` for the rest). Those
    of the look are made when their group is first unfolded: a page opens sooner without them."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._state = session.left
        self.find = FindView(session)
        self.sentences = SentencePicker(session.left)
        self.look = group("Look", collapsed=True)
        self.look.param.watch(lambda _: self._unfold(), "collapsed")

    def __panel__(self) -> pn.Column:
        return pn.Column(self.find, group("Sentences", self.sentences), self.look, margin=0)

    def _unfold(self) -> None:
        if not self.look.objects:
            self.look.append(LookControls(self._state))
