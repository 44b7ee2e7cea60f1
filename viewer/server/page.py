"""The page of one session: its views, and the address that restores what it shows."""

from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import parse_qsl

import panel as pn

from viewer.browser_modules import preloaded
from viewer.server.page_start import PREFERS_DARK
from viewer.server.page_template import PageTemplate
from viewer.state.explorer_state import ExplorerState
from viewer.state.page_address import query_of_session, restore_session, show_tour_step
from viewer.state.session import Session
from viewer.state.url_parameters import NAMES
from viewer.views.banner import CHECK_MS, LOOK_MS, BannerView, PendingList, PendingView
from viewer.views.comparison_lines import SimilarityLine
from viewer.views.component_data import CoClusterComponent
from viewer.views.control_panel import ControlView
from viewer.views.detail_view import DetailView
from viewer.views.main_view import CoClusterView
from viewer.views.messages import listen
from viewer.views.multiples_view import MultiplesControls, MultiplesView
from viewer.views.pane_controls import PaneCard, PaneControls
from viewer.views.panes import LEFT, RIGHT, CompareSwitch, PaneByPane, PaneName, view_of
from viewer.views.running_list import RunningList
from viewer.views.widgets import WIDE, small_html
from warehouse.storage import Storage

HEADING = (
    "<h1>RNNVis</h1><button data-opens=help title='Help (?)'>Help</button>"
    "<div class=offer><p>New here? A short tour clicks for you.</p>"
    "<button data-opens=tour>Take the tour</button> "
    "<button data-opens=nothing>Not now</button></div>"
)
LEAVE = "<a href=./logout>Log out</a>"


STACKED = "@media (width < 1280px) { :host(.comparing) { flex-direction: column !important; } }"
"""Two pictures stand one below the other where page.html makes room for it, at the same width."""


def _query() -> dict[str, str]:
    """The query of the session's address; the look that the system prefers where it names none."""
    preferred = {"dark": "1"} if pn.state.cookies.get(PREFERS_DARK) == "1" else {}
    return preferred | {
        name: values[0].decode("utf-8", "replace")
        for name, values in pn.state.session_args.items()
        if values
    }


def build_page(storage: Storage) -> pn.Template:
    """The page of a new session, as its address asks for it."""
    session, query = Session(storage), _query()
    notices = restore_session(session, query)
    page = PageTemplate(location=True)
    page.add_variable("colours", session.left.theme.css())
    for name, files in zip(("modules", "styles"), preloaded(), strict=True):
        page.add_variable(name, files)
    banners = _banners(session, notices)
    pending, running = PendingView(session, storage, query), RunningList(storage)
    for name, view in {
        "banner": pn.Column(pending, banners, sizing_mode="stretch_width", margin=0),
        "controls": _controls(session, running, storage),
        "main": MultiplesView(session, storage, _pictures(session)),
        "detail": _named(session, DetailView, view_of, pn.Row, **WIDE),
    }.items():
        page.add_panel(name, view)
    _keep_address(session)
    pn.state.add_periodic_callback(partial(_look_for_newer, banners), period=CHECK_MS)
    pn.state.add_periodic_callback(pending.look, period=LOOK_MS)
    pn.state.add_periodic_callback(running.look, period=LOOK_MS)
    return page


def _asks_for_password() -> bool:
    context = pn.state.curdoc.session_context if pn.state.curdoc else None
    return getattr(context, "logout_url", None) is not None


def _banners(session: Session, notices: list[str]) -> PaneByPane:
    def make(state: ExplorerState, side: str) -> BannerView:
        own, where = (notices, "") if side == LEFT else ([], ", for the right pane")
        return BannerView(state, own, where)

    return PaneByPane(session, make, pn.Column(sizing_mode="stretch_width", margin=0))


def _look_for_newer(banners: PaneByPane) -> None:
    for banner in banners.views:
        banner.look_for_newer()


def _pictures(session: Session) -> PaneByPane:
    def make(state: ExplorerState, side: str) -> pn.Column:
        name = PaneName(session, state, side, view_of, margin=(8, 12, 0, 12))
        picture = CoClusterView(state, mirrored=side == RIGHT)
        if side == LEFT:
            listen(picture.component, partial(_show_asked, session, picture.component))
        return pn.Column(name, picture, sizing_mode="stretch_both", margin=0)

    row = pn.Row(sizing_mode="stretch_both", margin=0, stylesheets=[STACKED])
    return PaneByPane(session, make, row)


def _show_asked(session: Session, component: CoClusterComponent, message: dict[str, Any]) -> None:
    """Shows what the address names after a step back or forward in the browser's history, or what
    a step of the tour asks for, which leaves the address as it is."""
    match message:
        case {"type": "address", "query": str(query)}:
            with session.while_restoring():
                restore_session(session, dict(parse_qsl(query.lstrip("?"), keep_blank_values=True)))
            session.left.param.trigger("missing")  # writes the address
        case {"type": "tour", "query": query}:
            with session.while_restoring():
                show_tour_step(session, query)
            component._send_msg({"type": "answered"})


def _named(
    session: Session, view: Callable[[ExplorerState], Any], name: Callable[[ExplorerState], str],
    layout: type[pn.layout.ListPanel], **options: Any,
) -> PaneByPane:  # fmt: skip
    """A ``view`` of each pane under a heading with a ``name``."""

    def make(state: ExplorerState, side: str) -> pn.Column:
        heading = PaneName(session, state, side, name)
        return pn.Column(heading, view(state), margin=0, **options)

    return PaneByPane(session, make, layout(margin=0, **options))


def _controls(session: Session, running: RunningList, storage: Storage) -> pn.Column:
    """The panes' own controls, those they share, and the summaries of their models."""
    return pn.Column(
        small_html(HEADING + (LEAVE if _asks_for_password() else "")),
        _named(session, PaneControls, lambda _: "", pn.Column),
        running,
        PendingList(session.left),
        CompareSwitch(session),
        SimilarityLine(session),
        MultiplesControls(session.left, storage),
        ControlView(session),
        _named(session, PaneCard, lambda state: state.model or "", pn.Column),
        margin=0,
    )


def _keep_address(session: Session) -> None:
    """Writes what is shown into the address, whenever it changes."""
    location = pn.state.location
    if location is None:
        return

    def write() -> None:
        if session.restoring or session.left.model is None:  # which the address may ask for
            return
        location.search = f"?{query_of_session(session)}"

    session.watch_panes(write, *NAMES, "missing")
