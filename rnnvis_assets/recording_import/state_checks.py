"""The states of an external recording, block by block: checked while read, changes computed.

Every array is read once, whatever its length, both to check a recording and to import it.
"""

from collections.abc import Iterator, Mapping

import numpy as np
import numpy.typing as npt

from rnnvis_assets.recording.recording_plan import Offsets
from rnnvis_assets.recording_import.array_source import ArraySource
from rnnvis_assets.recording_import.recording_description import RecordingDescription
from rnnvis_assets.recording_import.recording_faults import (
    Array,
    Mask,
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

_FINITE = "finite numbers", "find out why the network gave them, and record it again"
_GATE = "values from 0 to 1", "write the gate after its sigmoid; leave out what is no gate"
_TANH = (
    "values from -1 to 1",
    "write bounded: false in recording.yaml where h is not that of a tanh",
)
_CHANGE = (
    "the state less the one before",
    "write s_t - s_(t-1), or leave the changes out: they are computed",
)
_FIRST_CHANGE = (
    "the state itself, in the first step of a sequence",
    "write starts_from_zero: false in recording.yaml, or start sequences from zero",
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
        self.number, self._description, self._sequences = number, description, sequences
        self._sources = {name: sources[name] for name in RECORDED_ARRAYS if name in sources}
        self.units = next(iter(sources.values())).shape[1]
        self.states = tuple(name for name in STATES if name in sources)
        names = {*sources, *(f"{state}_delta" for state in self.states)}
        self.arrays = tuple(name for name in RECORDED_ARRAYS if name in names)
        """The names of the arrays of ``blocks``, in the order of a recording."""
        self.largest_hidden = self.largest_error = 0.0
        self._last: dict[str, Floats] = {}
        self._unreadable: list[RecordingFault] = []
        self._rejected: dict[tuple[str, str], RejectedValues] = {}

    @property
    def faults(self) -> list[RecordingFault]:
        """Everything wrong with the rows read so far."""
        rejected = self._rejected.values()
        return [*self._unreadable, *(fault for each in rejected for fault in each.faults)]

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
                with np.errstate(over="ignore"):  # too large float64 become infinite
                    block[name] = next(stream).astype("<f4", copy=False)
            except StopIteration:
                del streams[name]
            except UnreadableError as error:
                self._unreadable.append(error.fault)
                del streams[name]
        return block

    def _check(self, block: Mapping[str, Floats], first: int) -> Mapping[str, Floats]:
        """The block with changes computed."""
        checked = {}
        with np.errstate(invalid="ignore"):  # values that are not finite are faults already
            for name in self.arrays:
                state = name.removesuffix("_delta")
                if name != state and state in block:
                    checked[name] = self._changes(state, block, first)
                elif name in block:
                    checked[name] = block[name]
                    self._check_values(name, block[name], first)
        return checked

    def _reject(
        self, name: str, rejected: Mask, values: Floats, first: int, rule: tuple[str, str]
    ) -> None:
        if (name, rule[0]) not in self._rejected:
            source = self._sources[name]
            self._rejected[name, rule[0]] = RejectedValues(source.place, *rule)
        self._rejected[name, rule[0]].add(rejected, values, first)

    def _check_values(self, name: str, values: Floats, first: int) -> None:
        """Two passes over sound values; masks are made only where something is wrong."""
        low, high = float(values.min()), float(values.max())
        if name == "hidden":
            self.largest_hidden = max(self.largest_hidden, high, -low)
        if not (np.isfinite(low) and np.isfinite(high)):
            self._reject(name, ~np.isfinite(values), values, first, _FINITE)
        is_gate = name == "keep_gate"
        if is_gate or (name == "hidden" and self._description.bounded):
            lowest, highest = -TOLERANCE if is_gate else -1 - TOLERANCE, 1 + TOLERANCE
            if not (lowest <= low and high <= highest):
                beyond = ((values < lowest) | (values > highest)) & np.isfinite(values)
                self._reject(name, beyond, values, first, _GATE if is_gate else _TANH)

    def _changes(self, state: str, block: Mapping[str, Floats], first: int) -> Floats:
        """s_t - s_(t-1) of the next rows; the given ones, once they have been compared.

        Where the state before a sequence is not zero, its first change is the given one, or 0.
        Where nobody knows the sequences, any row may begin one.
        """
        values, given = block[state], block.get(f"{state}_delta")
        change, from_zero = np.empty_like(values), self._description.starts_from_zero
        np.subtract(values[1:], values[:-1], out=change[1:])
        change[0] = values[0] - self._last.get(state, np.float32(0))
        self._last[state] = values[-1].copy()
        starts = self._starts(first, first + len(values))
        change[starts] = values[starts] if from_zero else 0
        if given is None:
            return change
        self._check_changes(state, block, change, first)
        return given

    def _check_changes(
        self, state: str, block: Mapping[str, Floats], change: Floats, first: int
    ) -> None:
        """Compares the given changes with ``change``; masks are made only where one is wrong."""
        name, values = f"{state}_delta", block[state]
        given, from_zero = block[name], self._description.starts_from_zero
        starts, error = self._starts(first, first + len(values)), np.abs(given - change)
        if self._sequences is None:
            error = _smaller_rows(error, np.abs(given - values) * from_zero)
        elif not from_zero:
            error[starts] = 0
        largest, scale = float(error.max()), float(np.abs(values).max())
        allowed = TOLERANCE * (max(1.0, scale) if np.isfinite(scale) else 1.0)
        if largest <= allowed:
            self.largest_error = max(self.largest_error, largest)
            return
        wrong = ~(error <= allowed) & np.isfinite(change)
        is_start = np.zeros((len(values), 1), bool)
        is_start[starts] = True
        self._reject(name, wrong & is_start, given, first, _FIRST_CHANGE)
        self._reject(name, wrong & ~is_start, given, first, _CHANGE)

    def _starts(self, first: int, stop: int) -> Rows:
        """The rows from ``first`` to ``stop`` that begin a sequence, counted from ``first``."""
        if self._sequences is None:
            return np.empty(0, np.int64)
        begin, end = np.searchsorted(self._sequences, [first, stop])
        return self._sequences[begin:end] - first


def _smaller_rows(first: Floats, second: Floats) -> Floats:
    """Of each row that of ``first`` or ``second`` with the smaller sum."""
    return np.where(
        second.sum(axis=1, keepdims=True) < first.sum(axis=1, keepdims=True), second, first
    )
