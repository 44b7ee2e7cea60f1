"""The viewer's server: one page a session, and the address that it listens on."""

import errno
import logging

import panel as pn

from viewer.page import build_page
from warehouse.errors import BusyError
from warehouse.storage import Storage

TITLE = "RNNVis"


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
