"""Viewers in processes that are forked from one which has imported what they need: a process that
imports it itself takes ten times as long to listen."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from warehouse.storage import CHECKOUT, Storage

_MOST_BYTES = 2**16


class ForkedViewers:
    """The process that forks, which ends with this one, and its viewers."""

    def __init__(self) -> None:
        self._asked, theirs = socket.socketpair()
        command = [sys.executable, "-m", __name__, str(theirs.fileno())]
        self._process = subprocess.Popen(command, pass_fds=[theirs.fileno()], cwd=CHECKOUT)
        theirs.close()

    @contextmanager
    def serving(self, root: Path, port: int) -> Iterator[str]:
        """What a viewer says first, while it runs."""
        reading, writing = os.pipe()
        socket.send_fds(self._asked, [json.dumps([str(root), port]).encode()], [writing])
        os.close(writing)
        pid = int(self._asked.recv(_MOST_BYTES))
        with os.fdopen(reading) as said:
            try:
                yield said.readline()
            finally:
                os.kill(pid, signal.SIGTERM)
                said.read()  # until it has ended


@cache
def forked_viewers() -> ForkedViewers:
    """One for each process of the test run."""
    return ForkedViewers()


def _fork_on_demand(asked: socket.socket) -> None:
    import viewer.server.page
    import viewer.views.detail_view
    import viewer.views.main_view  # noqa: F401
    from viewer.server.app import serve

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        demand, descriptors, *_ = socket.recv_fds(asked, _MOST_BYTES, 1)
        if not demand:
            return
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            asked.close()
            os.dup2(descriptors[0], 1)
            os.close(descriptors[0])
            root, port = json.loads(demand)
            serve(Storage(Path(root)), port)
            return
        os.close(descriptors[0])
        asked.send(str(pid).encode())


if __name__ == "__main__":
    _fork_on_demand(socket.socket(fileno=int(sys.argv[1])))
