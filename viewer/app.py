"""The viewer's server: one page a session, and the address that it listens on."""

import errno
import logging

import panel as pn

from viewer.address import NAMES, query_of, restore
from viewer.state import ExplorerState
from viewer.style import PAGE
from viewer.theme import theme_of
from viewer.views.banner import CHECK_MS, BannerView
from viewer.views.co_cluster import CoClusterView
from viewer.views.control import ControlView
from viewer.views.detail import DetailView
from warehouse.errors import BusyError
from warehouse.storage import Storage

TITLE = "RNNVis"


def _asked() -> dict[str, str]:
    """The query of the session's address."""
    return {
        name: values[0].decode("utf-8", "replace")
        for name, values in pn.state.session_args.items()
        if values
    }


def _keep_address(state: ExplorerState) -> None:
    def write() -> None:
        if pn.state.location:
            pn.state.location.search = f"?{query_of(state)}"

    state.watch(write, *NAMES)
    write()


def build_page(storage: Storage) -> pn.Template:
    """The page of a new session, as its address asks for it."""
    state = ExplorerState(storage)
    banner = BannerView(state, restore(state, _asked()))
    page = pn.Template(PAGE, location=True)
    page.add_variable("colours", theme_of(state.dark).css())
    views = {
        "banner": banner,
        "controls": ControlView(state),
        "main": CoClusterView(state),
        "detail": DetailView(state),
    }
    for name, view in views.items():
        page.add_panel(name, view)
    _keep_address(state)
    pn.state.add_periodic_callback(banner.look_for_newer, period=CHECK_MS)
    return page


def build_page_or_say_why(storage: Storage) -> pn.viewable.Viewable | pn.Template:
    """The page, or the error that keeps it from being built, as text."""
    try:
        return build_page(storage)
    except Exception as error:  # whatever it is, a blank page would hide it
        logging.getLogger(__name__).exception("the page could not be built")
        return pn.pane.Str(f"The viewer failed: {error!r}\nIts log says where.")


def serve(storage: Storage, port: int = 5006, address: str = "127.0.0.1") -> None:
    """Serves the viewer until it is interrupted, and prints its address once it listens.

    Raises BusyError where another program listens on the port already.
    """
    try:
        server = pn.serve(
            {"/": lambda: build_page_or_say_why(storage)},
            port=port,
            address=address,
            websocket_origin=[f"{address}:{port}", f"localhost:{port}"],
            title=TITLE,
            show=False,
            start=False,
            verbose=False,
            warm=True,
        )
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        raise BusyError(
            f"port {port} of {address} is in use by another program",
            repair=f"rnnvis view --port {port + 1}",
        ) from error
    print(f"The viewer listens on http://{address}:{port}", flush=True)  # noqa: T201
    server.run_until_shutdown()
