"""The control panel's middle: finding words and units, sentences, and the look of the picture."""

import panel as pn

from viewer.state import ExplorerState
from viewer.style import group
from viewer.views.find import FindView
from viewer.views.look import LookControls
from viewer.views.sentences import SentencePicker


class ControlView(pn.viewable.Viewer):
    """Widgets of what both panes of a comparison share (see ``pane_controls`` for the rest)."""

    def __init__(self, state: ExplorerState) -> None:
        super().__init__()
        self.find = FindView(state)
        self.sentences = SentencePicker(state)
        self.look = LookControls(state)

    def __panel__(self) -> pn.Column:
        return pn.Column(
            self.find,
            group("Sentences", self.sentences),
            group("Look", self.look, collapsed=True),
            margin=0,
        )
