"""A server with many sessions: what each adds to its memory, and whether a click still is quick."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser

from tests.benchmarks.harness import Row, absolute_row
from tests.benchmarks.viewer.acting import FORGET_MATRIX, click_times
from tests.benchmarks.viewer.browsing import fresh, opened
from tests.benchmarks.viewer.figures import p95, ratio_row
from tests.benchmarks.viewer.serving import Served

SESSIONS, BUSY = 20, 5
_WARM_UP = 5


@contextmanager
def crowd(address: str, count: int, busy: int = 0) -> Iterator[None]:
    """Holds ``count`` further sessions while the block lasts."""
    command = [
        sys.executable,
        "-m",
        "tests.benchmarks.viewer.crowd",
        address,
        str(count),
        str(busy),
    ]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        if process.stdout is None or process.stdout.readline() != "open\n":
            raise RuntimeError("the further sessions could not be opened")
        yield
    finally:
        process.communicate("", timeout=20)


def _memory(served: Served, model: str) -> Row:
    address = served.page(model)
    with crowd(address, _WARM_UP):
        before = served.resident_mb()
        with crowd(address, SESSIONS):
            added = (served.resident_mb() - before) / SESSIONS
    label = f"{model}: memory that a further session adds to the server"
    return absolute_row(label, max(0.0, added), "MB", must=5, aim=1)


def _clicks(browser: Browser, served: Served, model: str) -> Row:
    address = served.page(model, "&word=")
    with fresh(browser) as context:
        page = opened(context, address)
        page.evaluate(FORGET_MATRIX)
        alone = click_times(page)
        with crowd(address, SESSIONS - 1, BUSY):
            among = click_times(page)
    label = f"{model}: click among {SESSIONS} sessions, {BUSY} of them changing k, p95"
    return ratio_row(label, p95(among), p95(alone), "ms", must=2, aim=1.2)


def measure(browser: Browser, served: Served, model: str) -> list[Row]:
    """Memory first, before anything else fills the caches."""
    return [_memory(served, model), _clicks(browser, served, model)]
