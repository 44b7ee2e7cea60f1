"""The line on analyses that run while the page is open, and the offer of what they published."""

from html import escape

import panel as pn

from viewer.data.running_stages import progress_text, running_stages
from viewer.state.session import Session
from viewer.style import WIDGET_STYLE
from warehouse.storage import Storage

LOOK_MS = 2_000


class PendingView(pn.viewable.Viewer):
    """Invisible while nothing runs. A page that has no model yet opens the first that is published;
    any other page offers it."""

    def __init__(self, session: Session, storage: Storage) -> None:
        super().__init__()
        self._session, self._storage = session, storage
        self.offered: str | None = None
        style = {"stylesheets": [WIDGET_STYLE], "align": "center"}
        self.text = pn.pane.HTML(sizing_mode="stretch_width", margin=(7, 16), **style)
        self.open = pn.widgets.Button(label="Open it", margin=(4, 16, 4, 0), visible=False, **style)
        self.row = pn.Row(
            self.text, self.open, sizing_mode="stretch_width", margin=0, visible=False,
            css_classes=["notice"], stylesheets=[WIDGET_STYLE],
        )  # fmt: skip
        self.open.on_click(lambda _: self._open_offered())
        self.look()

    def __panel__(self) -> pn.Row:
        return self.row

    def look(self) -> None:
        """Shows how far running analyses are, and offers models published since the last look."""
        lines = [progress_text(*found) for found in running_stages(self._storage).items()]
        had_model = self._session.left.model is not None
        for published in self._session.look_for_models():
            if had_model:
                self.offered = published
        if self.offered:
            lines.insert(0, f"{self.offered} is ready.")
        self.open.visible = self.offered is not None
        self.text.object = "<br>".join(map(escape, lines))
        self.row.visible = bool(lines)

    def _open_offered(self) -> None:
        self._session.left.model, self.offered = self.offered, None
        self.look()
