"""Progress of a stage that takes minutes, every few seconds, with the time that is left."""

import time

from rnnvis_assets.engine.stage import Report

REPORT_SECONDS = 5.0


class TimedProgress:
    """Counts what is done and reports it every few seconds: ``recorded 50 of 100 tokens``."""

    def __init__(
        self, total: int, report: Report, *, done: str = "recorded", items: str = "tokens"
    ) -> None:
        self._total, self._report = total, report
        self._words = done, items
        self._done, self._started = 0, time.monotonic()
        self._last = self._started

    def advance(self, count: int) -> None:
        """Adds ``count`` items."""
        self._done += count
        now = time.monotonic()
        if now - self._last >= REPORT_SECONDS or self._done == self._total:
            self._last = now
            rate = self._done / max(now - self._started, 1e-9)
            done, items = self._words
            self._report(
                f"{done} {self._done:,} of {self._total:,} {items}, {rate:,.0f} {items}/s, "
                f"{(self._total - self._done) / rate:,.0f} s left"
            )
