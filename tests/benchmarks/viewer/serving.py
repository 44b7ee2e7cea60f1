"""The viewer and, beside it on the same server, an empty Panel page to compare with."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

EMPTY = "empty"
_SERVE = f"""
import sys
from pathlib import Path
import panel as pn
from viewer.server.app import build_page_or_report, page_server
from warehouse.storage import Storage

storage, port = Storage(Path(sys.argv[1])), int(sys.argv[2])
pages = {{"/": lambda: build_page_or_report(storage), "/{EMPTY}": lambda: pn.pane.Str("empty")}}
server = page_server(pages, port)
print("listening", flush=True)
server.run_until_shutdown()
"""


@dataclass(frozen=True)
class Served:
    """Address, with a slash at its end, and process of the server."""

    address: str
    process: psutil.Process

    def page(self, model: str, more: str = "") -> str:
        return f"{self.address}?model={model}{more}"

    def resident_mb(self) -> float:
        return float(self.process.memory_info().rss / 1e6)


@contextmanager
def serving(root: Path) -> Iterator[Served]:
    """Serves the releases under ``root`` while the block lasts."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-c", _SERVE, str(root), str(port)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        if process.stdout is None or "listening" not in process.stdout.readline():
            raise RuntimeError("the viewer did not start")
        yield Served(f"http://127.0.0.1:{port}/", psutil.Process(process.pid))
    finally:
        process.terminate()
        process.wait(20)
