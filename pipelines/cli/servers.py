"""Programs that listen on a port: the demo (the viewer with its analyses) and Dagster."""

import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from urllib.parse import quote, urlencode

from warehouse.errors import BusyError
from warehouse.release_index import published_models
from warehouse.storage import Storage


def is_port_taken(port: int) -> bool:
    """Whether something listens on ``port`` of 127.0.0.1."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def require_free_port(port: int, command: str) -> None:
    """Raises BusyError, naming the next port for ``command``, where ``port`` is taken."""
    if is_port_taken(port):
        raise BusyError(
            f"port {port} of 127.0.0.1 is in use by another program",
            repair=f"{command} --port {port + 1}",
        )


DEMO_MODELS = ("toy-reviews-gru", "docstrings-lstm")
"""In the order in which they are made: the first takes seconds."""
FIRST_VIEW = "?" + urlencode(
    {
        "model": DEMO_MODELS[0],
        "word": "delicious",
        "sentence": json.dumps(["the dessert was delicious and the manager was friendly .", 0]),
        "silence": "delicious",
    },
    quote_via=quote,
)
"""A review that is all praise and one that turns at *but*, read without the chip of praise."""
LATER_SECONDS = 5.0


def run_demo(storage: Storage, port: int) -> None:
    """Serves the demo's models: ``view_while_analysing``."""
    require_free_port(port, "rnnvis demo")
    view_while_analysing(storage, DEMO_MODELS, port, FIRST_VIEW)


def view_while_analysing(storage: Storage, models: Sequence[str], port: int, view: str) -> None:
    """Serves the viewer, at ``view`` (the query of an address), until it is interrupted; analyses
    what is missing or stale of ``models`` meanwhile."""
    from viewer.server.app import serve

    print(f"The first view: http://127.0.0.1:{port}/{view}", flush=True)  # noqa: T201
    with _analysing(storage, models):
        serve(storage, port)


@contextmanager
def _analysing(storage: Storage, models: Sequence[str]) -> Iterator[None]:
    """Runs ``rnnvis materialize`` in a process of its own, which ends with the block.

    Where everything is published it only looks for changes, a little later: the page comes first.
    """
    command = [sys.executable, "-m", "pipelines.cli.main", "materialize", *models]
    started: list[subprocess.Popen[bytes]] = []
    wait = LATER_SECONDS if set(models) <= set(published_models(storage)) else 0.0
    timer = threading.Timer(
        wait,
        lambda: started.append(subprocess.Popen(command)),  # noqa: S603 - our own command
    )
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()  # it may be starting the process just now
        for process in started:
            process.terminate()
            process.wait()
