"""Dagster's pages, asked as a browser asks them."""

import json
import socket
import subprocess
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PATIENCE_SECONDS = 1200
RUNS = "{ runsOrError { ... on Runs { results { runId jobName status tags { key value } } } } }"


@dataclass(frozen=True)
class DagsterPages:
    """A server of them, started as a person starts it."""

    port: int
    process: subprocess.Popen[bytes]
    log: Path

    def ask(self, query: str) -> dict[str, Any]:
        """What GraphQL answers, once the server does."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/graphql",
            json.dumps({"query": query}).encode(),
            {"Content-Type": "application/json"},
        )
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                with urllib.request.urlopen(request) as reply:
                    return json.load(reply)["data"]
            except OSError:
                ended = self.process.poll() is not None or time.monotonic() > deadline
                assert not ended, self.log.read_text("utf-8")
                time.sleep(0.5)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
