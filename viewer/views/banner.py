"""The line above the page: what the address could not restore, and the offer of a newer release."""

from html import escape

import panel as pn

from viewer.state.explorer_state import ExplorerState
from viewer.style import WIDGET_STYLE
from warehouse.errors import RnnvisError

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
