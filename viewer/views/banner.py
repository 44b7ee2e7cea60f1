"""The lines above the page: faults of its address, newer releases, and analyses that run."""

from collections.abc import Mapping, Sequence
from html import escape

import panel as pn

from viewer.data.pending_models import pending_text, progress_text, running_stages
from viewer.state.explorer_state import ExplorerState
from viewer.state.page_address import restore_session
from viewer.state.session import Session
from viewer.style import WIDGET_STYLE
from viewer.views.widgets import HtmlLine, View, small_html
from warehouse.errors import RnnvisError
from warehouse.storage import Storage

CHECK_MS = 10_000


class Notice(View):
    """Lines with what they offer, to be opened or dismissed; invisible without lines."""

    def __init__(self) -> None:
        super().__init__()
        self.offered: str | None = None
        style = {"stylesheets": [WIDGET_STYLE], "align": "center"}
        self.text = small_html(margin=(7, 16), align="center")
        self.open = pn.widgets.Button(label="Open it", margin=(4, 8), visible=False, **style)
        self.close = pn.widgets.Button(label="Dismiss", margin=(4, 16, 4, 0), **style)
        self.root = pn.Row(
            self.text, self.open, self.close, sizing_mode="stretch_width", margin=0, visible=False,
            css_classes=["notice"], stylesheets=[WIDGET_STYLE],
        )  # fmt: skip
        self.open.on_click(lambda _: self._open_offered())
        self.close.on_click(lambda _: self._dismiss())

    def say(self, lines: Sequence[str]) -> None:
        """Shows these lines in place of others."""
        self.text.object = "<br>".join(map(escape, lines))
        self.root.visible = bool(lines)

    def _open_offered(self) -> None:
        raise NotImplementedError

    def _dismiss(self) -> None:
        self.say([])


class BannerView(Notice):
    """Faults of the address, and the offer of a newer release."""

    def __init__(self, state: ExplorerState, notices: list[str], where: str = "") -> None:
        super().__init__()
        self.state = state
        self._where = where
        self.say(notices)
        state.watch(self._withdraw, "release_id")

    def look_for_newer(self) -> None:
        """Offers a release that was published after the session took its own."""
        try:
            newer = self.state.newer_release()
        except RnnvisError:
            return  # this release is still good; a broken pointer concerns only new sessions
        if newer and newer != self.offered:
            self.open.visible = True
            self.say([f"A newer release of {self.state.model} was published{self._where}: {newer}"])
        self.offered = newer

    def _withdraw(self) -> None:
        """Withdraws an offer once another release is shown."""
        if self.open.visible:
            self.open.visible = False
            self.say([])
        self.offered = None

    def _open_offered(self) -> None:
        self._withdraw()
        self.state.renew()


LOOK_MS = 2_000
_FEW = 2


class PendingView(Notice):
    """Invisible while nothing runs. A page that has no model yet opens the first that is published;
    any other page offers it. The model that the page's address asked for opens as it asks."""

    def __init__(
        self, session: Session, storage: Storage, query: Mapping[str, str] | None = None
    ) -> None:
        super().__init__()
        self._session, self._storage, self._query = session, storage, query or {}
        self._dismissed: set[tuple[str, str]] = set()
        self.look()

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
        self.say(lines)

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


class PendingList(HtmlLine):
    """The models that no stage is working on and that have no release, with what completes them."""

    def __init__(self, state: ExplorerState) -> None:
        super().__init__()
        self._state = state
        state.watch(self._draw, "pending")
        self._draw()

    def _draw(self) -> None:
        self.put(pending_html(pending_text(self._state.pending)))


def pending_html(pending: Sequence[str]) -> str:
    """The sentences about models without a release, "" without any; a click opens a longer
    list."""
    if not pending:
        return ""
    text = "<br>".join(map(escape, pending))
    if len(pending) <= _FEW:
        return f"<p class=small>{text}</p>"
    heading = f"<summary>{len(pending)} models are pending</summary>"
    return f"<details class=small>{heading}{text}</details>"
