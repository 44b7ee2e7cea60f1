"""The viewer's server: one page a session, and the address that it listens on."""

import errno
import gc
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress

import panel as pn
import panel.io.document
from bokeh.server.server import Server
from tornado.ioloop import PeriodicCallback

from viewer.server.access import THIS_MACHINE, Access, server_options
from viewer.server.bounded_log import bound_log
from viewer.server.host_check import refuse_foreign_hosts
from viewer.server.memory import LOOK_MS, MemoryReturn
from viewer.server.page import build_page
from viewer.server.page_start import TITLE, send_starts
from viewer.server.page_template import skip_repeated_lookups
from warehouse.error_words import in_words
from warehouse.errors import AccessError, BusyError, RnnvisError
from warehouse.storage import Storage

HEADER_BYTES = 2**20
"""The address is sent in a header, and may hold six typed sentences of 5,000 characters."""

_RARELY = (50_000, 20, 100)
"""New objects until the youngest are visited, and how often that is done before older ones are."""
_LATER_S = 60
"""Since the last end of a session, for Panel's own collection: five seconds hit the next page."""

Page = pn.viewable.Viewable | pn.Template


def build_page_or_report(storage: Storage) -> Page:
    """The page, or the error that keeps it from being built, as text."""
    try:
        return build_page(storage)
    except Exception as error:  # whatever it is, a blank page would hide it
        logging.getLogger(__name__).exception("the page could not be built")
        return pn.pane.Str(
            f"The viewer failed: {in_words(error) or repr(error)}\nIts log says where."
        )


def serve(storage: Storage, port: int = 5006, access: Access = THIS_MACHINE) -> None:
    """Serves the viewer until it is interrupted, and prints its address once it listens.

    Raises BusyError where another program listens on the port already, and AccessError where other
    machines would reach it unprotected, or where this machine has no such address.
    """
    try:
        server = page_server({"/": lambda: build_page_or_report(storage)}, port, access)
    except RnnvisError:
        raise  # AccessError and StorageError are OSErrors too
    except OSError as error:
        raise _explained(error, port, access.address) from error
    server._sigterm = lambda: _stop(server)  # type: ignore[method-assign]
    # Said once the loop runs, which answers to SIGTERM.
    line = f"The viewer listens on http://{access.address}:{port}"
    server.io_loop.add_callback(print, line, flush=True)
    PeriodicCallback(MemoryReturn(lambda: len(server.get_sessions("/"))).look, LOOK_MS).start()
    try:
        server.run_until_shutdown()
    finally:
        gc.unfreeze()  # else DuckDB prints every object that is never freed


def _stop(server: Server) -> None:
    """Stops although nobody reads what it prints any more: Bokeh's own answer to SIGTERM prints
    first, and goes on serving where that fails."""
    with suppress(OSError):
        print("Received signal SIGTERM, shutting down", flush=True)  # noqa: T201
    server.io_loop.stop()


def page_server(
    pages: Mapping[str, Callable[[], Page]], port: int, access: Access = THIS_MACHINE
) -> Server:
    """A server that listens but does not run yet; ``pages`` makes a page for each path."""
    send_starts()
    skip_repeated_lookups()
    server: Server = pn.serve(
        dict(pages),
        port=port,
        title=TITLE,
        show=False,
        start=False,
        verbose=False,
        warm=True,
        http_server_kwargs={"max_header_size": HEADER_BYTES},
        **server_options(access, port),
    )
    bound_log()
    refuse_foreign_hosts(server._tornado, access)  # Bokeh has no public name for its application
    # Panel collects garbage whenever a session ends, and all sessions wait: 0.2 s if it visited
    # the 400,000 objects of the imported libraries each time.
    gc.collect()
    gc.freeze()
    # Else it collects while every third page is made, 0.04 to 0.3 s; ``MemoryReturn`` and, later,
    # Panel collect once sessions have ended.
    gc.set_threshold(*_RARELY)
    panel.io.document.GC_DEBOUNCE = _LATER_S
    return server


def _explained(error: OSError, port: int, address: str) -> RnnvisError:
    """Why the server cannot listen, and where it could."""
    if error.errno == errno.EADDRINUSE:
        return BusyError(
            f"port {port} of {address} is in use by another program",
            repair=f"rnnvis view --port {port + 1}",
        )
    return AccessError(
        f"the viewer cannot listen on {address}:{port}: {error.strerror or error}",
        repair="rnnvis view",
    )
