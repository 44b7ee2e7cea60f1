"""What a page sends may be refused, but cannot fill the log."""

import logging
import time
import traceback
from collections.abc import Callable

MOST_RECORDS = 20
PERIOD_SECONDS = 60.0
LONGEST = 4_000
"""Characters of a message, and of a traceback, whose end says most."""
REFUSING = (
    "bokeh.server.protocol_handler", "bokeh.server.views.ws", "bokeh.util.tornado",
    "tornado.access", "tornado.application", "viewer.server.password_login",
)  # fmt: skip
"""Loggers that report what a browser sent."""
PRINTING = ("panel", "param")
"""Loggers with handlers of their own, which print what all those below them report: a refused value
of a widget, say."""


class BoundedLog(logging.Filter):
    """Lets ``MOST_RECORDS`` through in every period, shortened; the first of the next period says
    how many were left out. ``clock`` gives seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._began, self._count = clock(), 0

    def filter(self, record: logging.LogRecord) -> bool:
        left_out = 0
        if self._clock() - self._began >= PERIOD_SECONDS:
            left_out = max(0, self._count - MOST_RECORDS)
            self._began, self._count = self._clock(), 0
        self._count += 1
        if self._count > MOST_RECORDS:
            return False
        _shorten(record, left_out)
        return True


def _shorten(record: logging.LogRecord, left_out: int) -> None:
    text = record.getMessage()
    if len(text) > LONGEST:
        text = f"{text[:LONGEST]}… ({len(text):,} characters)"
    if left_out:
        text += f" ({left_out:,} like this were left out before)"
    record.msg, record.args = text, ()
    if record.exc_info and record.exc_info[0]:
        record.exc_text = "".join(traceback.format_exception(*record.exc_info)).rstrip()[-LONGEST:]


def bound_log() -> None:
    """Bounds the loggers that report what a browser sent, once each."""
    bounded: list[logging.Filterer] = [logging.getLogger(name) for name in REFUSING]
    for name in PRINTING:
        bounded += logging.getLogger(name).handlers
    for each in bounded:
        if not any(isinstance(known, BoundedLog) for known in each.filters):
            each.addFilter(BoundedLog())
