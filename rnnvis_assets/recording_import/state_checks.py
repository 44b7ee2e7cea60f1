"""The states of an external recording, block by block: checked while read, changes computed.

Every array is read once, whatever its length, both to check a recording and to import it.
"""

from collections.abc import Iterator, Mapping

import numpy as np
import numpy.typing as npt

from rnnvis_assets.recording.sequence_offsets import Offsets
from rnnvis_assets.recording_import.array_source import ArraySource
from rnnvis_assets.recording_import.recording_description import RecordingDescription
from rnnvis_assets.recording_import.recording_faults import (
    Array,
    RecordingFault,
    RejectedValues,
    UnreadableError,
)
from rnnvis_assets.recording_import.sequence_boundaries import Rows
from warehouse.recording_schema import RECORDED_ARRAYS, STATES

Floats = npt.NDArray[np.float32]

TOLERANCE = 1e-4
"""Of a given change (times the largest state around it, where that exceeds 1), and beyond ±1 of a
state that is stated to be a tanh's."""


class _ValueChecks:
    """Checks that all values of one array are finite and within bounds."""

    def __init__(self, place: str, low: float, high: float, repair: str) -> None:
        self._low, self._high = low - TOLERANCE, high + TOLERANCE
        cause = "find out why the network gave them, and record it again"
        self._not_finite = RejectedValues(place, "finite numbers", cause)
        self._out_of_bounds = RejectedValues(place, f"values from {low:g} to {high:g}", repair)
        self.largest = 0.0

    def add(self, values: Floats, first_row: int) -> None:
        """Two passes over sound values; masks are made only where something is wrong."""
        low, high = float(values.min()), float(values.max())
        self.largest = max(self.largest, high, -low)
        if not (np.isfinite(low) and np.isfinite(high)):
            self._not_finite.add(~np.isfinite(values), values, first_row)
        if not (self._low <= low and high <= self._high):
            beyond = (values < self._low) | (values > self._high)
            self._out_of_bounds.add(beyond & np.isfinite(values), values, first_row)

    @property
    def faults(self) -> list[RecordingFault]:
        return [*self._not_finite.faults, *self._out_of_bounds.faults]


class _ChangeChecks:
    """Computes s_t - s_(t-1) of one state over blocks that follow one another; checks given ones.

    ``from_zero``: the state before every sequence is zero. Where it is not, the change of a
    sequence's first step is the given one, or 0 where none is given.
    """

    def __init__(self, place: str, *, from_zero: bool) -> None:
        self._from_zero = from_zero
        self._last: Floats | None = None
        repair = "write s_t - s_(t-1), or leave the changes out: they are computed"
        self._wrong = RejectedValues(place, "the state less the one before", repair)
        repair = "write starts_from_zero: false in recording.yaml, or start sequences from zero"
        expected = "the state itself, in the first step of a sequence"
        self._wrong_start = RejectedValues(place, expected, repair)
        self.largest_error = 0.0

    def add(
        self, values: Floats, starts: Rows | None, given: Floats | None, first_row: int
    ) -> Floats:
        """The changes of the next rows. ``starts``: those that begin a sequence, from the first of
        them; where it is None, any row may, and a given change may be of either kind."""
        change, known = self._steps(values), [] if starts is None else starts
        change[known] = values[known] if self._from_zero else 0
        if given is None:
            return change
        error = np.abs(given - change)
        if starts is None:
            error = _smaller_rows(error, np.abs(given - values) * self._from_zero)
        elif not self._from_zero:
            error[starts] = 0
        wrong = self._exceeding(error, change, values)
        if wrong is not None:
            is_start = np.zeros((len(given), 1), bool)
            is_start[known] = True
            self._wrong_start.add(wrong & is_start, given, first_row)
            self._wrong.add(wrong & ~is_start, given, first_row)
        return given

    def _steps(self, values: Floats) -> Floats:
        """Each row less the one before it, as if all were one sequence."""
        change = np.empty_like(values)
        np.subtract(values[1:], values[:-1], out=change[1:])
        change[0] = values[0] if self._last is None else values[0] - self._last
        self._last = values[-1].copy()
        return change

    def _exceeding(
        self, error: Floats, change: Floats, values: Floats
    ) -> npt.NDArray[np.bool_] | None:
        """Which given changes are wrong; None where none is, which costs no mask."""
        largest, scale = float(error.max()), float(np.abs(values).max())
        allowed = TOLERANCE * (max(1.0, scale) if np.isfinite(scale) else 1.0)
        if largest <= allowed:
            self.largest_error = max(self.largest_error, largest)
            return None
        return ~(error <= allowed) & np.isfinite(change)  # other states are faults of their own

    @property
    def faults(self) -> list[RecordingFault]:
        return [*self._wrong_start.faults, *self._wrong.faults]


def _smaller_rows(first: Floats, second: Floats) -> Floats:
    """Of each row that of ``first`` or ``second`` with the smaller sum."""
    return np.where(
        second.sum(axis=1, keepdims=True) < first.sum(axis=1, keepdims=True), second, first
    )


class ExternalLayer:
    """Arrays of one layer that have the same shape, checked while they are read.

    ``sequences``: the offsets of the sequences of these rows, None where they are not known.
    ``largest_hidden`` and ``largest_error`` (of given changes) cover what was read so far.
    """

    def __init__(
        self,
        number: int,
        sources: Mapping[str, ArraySource],
        description: RecordingDescription,
        sequences: Offsets | None,
    ) -> None:
        self.number, self._sequences = number, sequences
        self._sources = {name: sources[name] for name in RECORDED_ARRAYS if name in sources}
        self.states = tuple(name for name in STATES if name in sources)
        self._unreadable: list[RecordingFault] = []
        deltas = {state: sources.get(f"{state}_delta", sources[state]) for state in self.states}
        self._changes = {
            state: _ChangeChecks(source.place, from_zero=description.starts_from_zero)
            for state, source in deltas.items()
        }
        self._values = {
            name: _ValueChecks(source.place, *_bounds(name, bounded=description.bounded))
            for name, source in self._sources.items()
            if name.removesuffix("_delta") not in self.states or name in self.states
        }

    @property
    def arrays(self) -> tuple[str, ...]:
        """The names of the arrays of ``blocks``, in the order of a recording."""
        names = {*self._sources, *(f"{state}_delta" for state in self.states)}
        return tuple(name for name in RECORDED_ARRAYS if name in names)

    @property
    def units(self) -> int:
        return next(iter(self._sources.values())).shape[1]

    @property
    def faults(self) -> list[RecordingFault]:
        """Everything wrong with the rows read so far."""
        checks = (*self._values.values(), *self._changes.values())
        return [*self._unreadable, *(fault for check in checks for fault in check.faults)]

    @property
    def largest_hidden(self) -> float:
        return self._values["hidden"].largest if "hidden" in self._values else 0.0

    @property
    def largest_error(self) -> float:
        return max((changes.largest_error for changes in self._changes.values()), default=0.0)

    def blocks(self, rows: int) -> Iterator[Mapping[str, Floats]]:
        """All rows, ``rows`` at a time: float32[rows, units] by name.

        From where an array cannot be read, it is missing and ``faults`` has the reason.
        """
        streams = {name: source.blocks(rows) for name, source in self._sources.items()}
        first = 0
        while block := self._next(streams):
            yield self._check(block, first)
            first += len(next(iter(block.values())))

    def _next(self, streams: dict[str, Iterator[Array]]) -> dict[str, Floats]:
        """The next block of each; streams that end are removed."""
        block = {}
        for name, stream in list(streams.items()):
            try:
                block[name] = _to_float32(next(stream))
            except StopIteration:
                del streams[name]
            except UnreadableError as error:
                self._unreadable.append(error.fault)
                del streams[name]
        return block

    def _check(self, block: dict[str, Floats], first: int) -> Mapping[str, Floats]:
        for name in self._values.keys() & block.keys():
            self._values[name].add(block[name], first)
        starts = self._starts(first, first + len(next(iter(block.values()))))
        with np.errstate(invalid="ignore"):  # values that are not finite are faults already
            for state in self.states:
                if state in block:
                    delta = f"{state}_delta"
                    block[delta] = self._changes[state].add(
                        block[state], starts, block.get(delta), first
                    )
        return {name: block[name] for name in self.arrays if name in block}

    def _starts(self, first: int, stop: int) -> Rows | None:
        """The rows from ``first`` to ``stop`` that begin a sequence, counted from ``first``."""
        if self._sequences is None:
            return None
        begin, end = np.searchsorted(self._sequences, [first, stop])
        return self._sequences[begin:end] - first


def _to_float32(values: Array) -> Floats:
    """The same numbers as float32 (another dtype is a fault); too large ones become infinite."""
    with np.errstate(over="ignore"):
        return values.astype("<f4", copy=False)


def _bounds(name: str, *, bounded: bool) -> tuple[float, float, str]:
    """The bounds of an array's values, and what repairs values beyond."""
    if name == "keep_gate":
        return 0, 1, "write the gate after its sigmoid; leave out what is no gate"
    if name == "hidden" and bounded:
        return -1, 1, "write bounded: false in recording.yaml where h is not that of a tanh"
    return -np.inf, np.inf, ""
