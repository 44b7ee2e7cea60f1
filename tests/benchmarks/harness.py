"""What benchmarks share: a row of the results, and measuring two things side by side.

A benchmark is a module of this folder with a function ``measure() -> list[Row]``. Times on a shared
machine drift, so what is judged is a ratio: ours and the baseline take turns in one process.
"""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Row:
    """One line of the results.

    ``ours`` and ``baseline`` are in ``unit``; ``ratio`` is what ``must`` and ``aim`` bound, from
    below or above as ``direction`` says. Without a baseline the figure itself is bounded: then
    ``baseline`` is None and ``ratio`` equals ``ours``.
    """

    what: str
    ours: float
    baseline: float | None
    unit: str
    ratio: float
    must: float
    aim: float
    direction: Literal["at least", "at most"]

    @property
    def verdict(self) -> str:
        if self._reaches(self.aim):
            return "aim reached"
        return "must reached" if self._reaches(self.must) else "MISSED"

    def _reaches(self, bound: float) -> bool:
        return self.ratio >= bound if self.direction == "at least" else self.ratio <= bound


@dataclass(frozen=True)
class Timing:
    """Median seconds of each side, and the median of the rounds' ratios ours / baseline."""

    ours: float
    baseline: float
    ratio: float


def _seconds(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def time_side_by_side(
    ours: Callable[[], object],
    baseline: Callable[[], object],
    *,
    repeats: int = 7,
    warm_up: int = 1,
) -> Timing:
    """Calls both in turn, ``warm_up`` rounds unmeasured and ``repeats`` measured."""
    rounds = [(_seconds(ours), _seconds(baseline)) for _ in range(warm_up + repeats)][warm_up:]
    return Timing(
        ours=statistics.median(mine for mine, _ in rounds),
        baseline=statistics.median(theirs for _, theirs in rounds),
        ratio=statistics.median(mine / theirs for mine, theirs in rounds),
    )


def time_row(what: str, timing: Timing, *, must: float, aim: float) -> Row:
    """Our seconds over the baseline's, bounded from above."""
    return Row(what, timing.ours, timing.baseline, "s", timing.ratio, must, aim, "at most")


def speedup_row(what: str, timing: Timing, *, must: float, aim: float) -> Row:
    """The baseline's seconds over ours, bounded from below."""
    return Row(what, timing.ours, timing.baseline, "s", 1 / timing.ratio, must, aim, "at least")


def rate_row(
    what: str, timing: Timing, amount: float, unit: str, *, must: float, aim: float
) -> Row:
    """Our rate over the baseline's, both having done ``amount`` of work (tokens, say) a call."""
    ours, baseline = amount / timing.ours, amount / timing.baseline
    return Row(what, ours, baseline, unit, 1 / timing.ratio, must, aim, "at least")


def absolute_row(what: str, ours: float, unit: str, *, must: float, aim: float) -> Row:
    """A figure with no baseline (milliseconds of a query, say), bounded from above."""
    return Row(what, ours, None, unit, ours, must, aim, "at most")


_HEADER = ("what", "ours", "baseline", "unit", "ratio", "must", "aim", "verdict")


def _cells(row: Row) -> tuple[str, ...]:
    sign = "≥" if row.direction == "at least" else "≤"
    baseline = "" if row.baseline is None else f"{row.baseline:,.4g}"
    bounds = (f"{sign} {row.must:g}", f"{sign} {row.aim:g}")
    return (
        row.what,
        f"{row.ours:,.4g}",
        baseline,
        row.unit,
        f"{row.ratio:.3g}",
        *bounds,
        row.verdict,
    )


def markdown_table(rows: Sequence[Row]) -> str:
    """The rows as a Markdown table, its columns aligned to be read as plain text too."""
    lines = [_HEADER, *(_cells(row) for row in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(_HEADER))]
    lines.insert(1, tuple("-" * width for width in widths))
    return "\n".join(
        "| "
        + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        + " |"
        for line in lines
    )
