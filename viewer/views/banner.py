"""The lines above the page: faults of its address, newer releases, and analyses that run."""

from collections.abc import Mapping, Sequence
from html import escape

import panel as pn

from viewer.data.pending_models import pending_text, progress_text, running_stages
from viewer.state.explorer_state import ExplorerState
from viewer.state.page_address import restore_session
from viewer.state.session import Session
from viewer.style import WIDGET_STYLE
from viewer.views.widgets import small_html
from warehouse.errors import RnnvisError
from warehouse.storage import Storage

CHECK_MS = 10_000


class BannerView(pn.viewable.Viewer):
    """Invisible while there is nothing to report."""

    def __init__(self, state: ExplorerState, notices: list[str], where: str = "") -> None:
        super().__init__()
        self.state = state
        self._where = where
        self.offered: str | None = None
        style = {"stylesheets": [WIDGET_STYLE], "align": "center"}
        self.text = pn.pane.HTML(sizing_mode="stretch_width", margin=(7, 16), **style)
        self.renew = pn.widgets.Button(label="Open it", margin=(4, 8), visible=False, **style)
        self.close = pn.widgets.Button(label="Dismiss", margin=(4, 16, 4, 0), **style)
        self.row = pn.Row(
            self.text, self.renew, self.close, sizing_mode="stretch_width", margin=0,
            css_classes=["notice"], stylesheets=[WIDGET_STYLE],
        )  # fmt: skip
        self.renew.on_click(lambda _: self._renew())
        self.close.on_click(lambda _: self.say([]))
        self.say(notices)
        state.watch(self._withdraw, "release_id")

    def __panel__(self) -> pn.Row:
        return self.row

    def say(self, notices: list[str]) -> None:
        """Shows a line for every notice; hides the banner without one."""
        self.text.object = "<br>".join(map(escape, notices))
        self.row.visible = bool(notices)

    def look_for_newer(self) -> None:
        """Offers a release that was published after the session took its own."""
        try:
            newer = self.state.newer_release()
        except RnnvisError:
            return  # this release is still good; a broken pointer concerns only new sessions
        if newer and newer != self.offered:
            self.renew.visible = True
            self.say([f"A newer release of {self.state.model} was published{self._where}: {newer}"])
        self.offered = newer

    def _withdraw(self) -> None:
        """Withdraws an offer once another release is shown."""
        if self.renew.visible:
            self.renew.visible = False
            self.say([])
        self.offered = None

    def _renew(self) -> None:
        self._withdraw()
        self.state.renew()


LOOK_MS = 2_000
_FEW = 2


class PendingView(pn.viewable.Viewer):
    """Invisible while nothing runs. A page that has no model yet opens the first that is published;
    any other page offers it. The model that the page's address asked for opens as it asks."""

    def __init__(
        self, session: Session, storage: Storage, query: Mapping[str, str] | None = None
    ) -> None:
        super().__init__()
        self._session, self._storage, self._query = session, storage, query or {}
        self.offered: str | None = None
        style = {"stylesheets": [WIDGET_STYLE], "align": "center"}
        self.text = pn.pane.HTML(sizing_mode="stretch_width", margin=(7, 16), **style)
        self._dismissed: set[tuple[str, str]] = set()
        self.open = pn.widgets.Button(label="Open it", margin=(4, 8), visible=False, **style)
        self.close = pn.widgets.Button(label="Dismiss", margin=(4, 16, 4, 0), **style)
        self.row = pn.Row(
            self.text, self.open, self.close, sizing_mode="stretch_width", margin=0, visible=False,
            css_classes=["notice"], stylesheets=[WIDGET_STYLE],
        )  # fmt: skip
        self.open.on_click(lambda _: self._open_offered())
        self.close.on_click(lambda _: self._dismiss())
        self.look()

    def __panel__(self) -> pn.Row:
        return self.row

    def look(self) -> None:
        """Shows how far running analyses are, and offers models published since the last look."""
        lines = [
            progress_text(self._storage, name, progress)
            for name, progress in running_stages(self._storage)
            if (name, progress.stage) not in self._dismissed
        ]
        had_model = self._session.left.model is not None
        for published in self._session.look_for_models():
            if had_model:
                self.offered = published
            elif published == self._session.left.model:
                self._open(published)
        if self.offered:
            lines.insert(0, f"{self.offered} is ready.")
        self.open.visible = self.offered is not None
        self.text.object = "<br>".join(map(escape, lines))
        self.row.visible = bool(lines)

    def _dismiss(self) -> None:
        """Hides the stages that run now, and what is offered; further stages are shown again."""
        self._dismissed = {(name, found.stage) for name, found in running_stages(self._storage)}
        self.offered = None
        self.look()

    def _open_offered(self) -> None:
        if self.offered:
            self._open(self.offered)
        self.offered = None
        self.look()

    def _open(self, model: str) -> None:
        self._session.left.model = model
        if model == self._query.get("model"):
            restore_session(self._session, self._query)


class PendingList(pn.viewable.Viewer):
    """The models that no stage is working on and that have no release, with what completes them."""

    def __init__(self, state: ExplorerState) -> None:
        super().__init__()
        self._state = state
        self.list = small_html()
        state.watch(self._show, "pending")
        self._show()

    def __panel__(self) -> pn.pane.HTML:
        return self.list

    def _show(self) -> None:
        html = pending_html(pending_text(self._state.pending))
        self.list.param.update(object=html, visible=bool(self._state.pending))


def pending_html(pending: Sequence[str]) -> str:
    """The sentences about models without a release; a click opens a longer list."""
    text = "<br>".join(map(escape, pending))
    if len(pending) <= _FEW:
        return f"<p class=small>{text}</p>"
    heading = f"<summary>{len(pending)} models are pending</summary>"
    return f"<details class=small>{heading}{text}</details>"
