"""The states of an external recording, block by block: checked while read, changes computed.

Every array is read once, whatever its length, both to check a recording and to import it.
"""

from collections.abc import Iterator, Mapping

import numpy as np
import numpy.typing as npt

from rnnvis_assets.recording.recording_plan import Offsets
from rnnvis_assets.recording_import.array_source import ArraySource
from rnnvis_assets.recording_import.cell_bounds import CellBounds, Steps
from rnnvis_assets.recording_import.recording_description import RecordingDescription
from rnnvis_assets.recording_import.recording_faults import (
    Array,
    Mask,
    RecordingFault,
    RejectedValues,
    UnreadableError,
)
from rnnvis_assets.recording_import.sequence_boundaries import Rows
from warehouse.recording_schema import CHANGE_PARTS, STATES, Direction, recorded_arrays

Floats = npt.NDArray[np.float32]

TOLERANCE = 1e-4
"""Of a given change (times the largest state around it, where that exceeds 1), and beyond ±1 of a
state that is stated to be a tanh's. Storage in less than float32 adds its rounding."""

MOST_FIRST_STATES = 10_000
"""Of a layer that are kept, about: more sequences show nothing new."""

_HASHED_UNITS, _HASHED_STEPS = 16, 10_000
_FACTORS = np.random.default_rng(0).integers(-(2**40), 2**40, _HASHED_UNITS)
"""Of the units of a state that is compared with all others, in steps of 1e-4."""

_ROUNDINGS = 8
"""That a comparison of stored numbers may add up."""

_FINITE = "finite numbers", "find out why the network gave them, and record it again"
_GATE = "values from 0 to 1", "write the gate after its sigmoid; leave out what is no gate"
_TANH = (
    "values from -1 to 1",
    "write bounded: false in recording.yaml where h is not that of a tanh; where hidden holds c, "
    "exchange it with cell",
)
_CHANGE = (
    "the state less the one before",
    "write s_t - s_(t-1), or leave the changes out: they are computed",
)
_PARTS = (
    "the change of the cell less cell_written",
    "write what was stored as cell_written and what was forgotten as cell_lost (where c falls, a "
    "negative number): they add up to the change",
)
_FIRST_CHANGE = (
    "the state itself, in the first step of a sequence",
    "write starts_from_zero: false in recording.yaml, or start sequences from zero",
)


class ExternalLayer:
    """Arrays of one layer that have the same shape, checked while they are read.

    ``cell`` says what the layer computes, None where nobody knows.
    ``sequences``: the offsets of the sequences of these rows, None where they are not known.
    ``largest_hidden`` and ``largest_error`` (of given changes) cover what was read so far, and so
    does ``unchanged``, a mask of the rows of every block that left all states as they were.
    ``tolerance`` allows for the rounding of the arrays as they are stored.
    """

    def __init__(
        self,
        number: int,
        sources: Mapping[str, ArraySource],
        description: RecordingDescription,
        cell: str | None,
        sequences: Offsets | None,
    ) -> None:
        self.number, self._description, self._sequences = number, description, sequences
        self.direction: Direction = "backward" if number in description.backward else "forward"
        self.units = next(iter(sources.values())).shape[1]
        self.states = tuple(name for name in STATES if name in sources)
        self.arrays = recorded_arrays(sources)
        """The names of the arrays of ``blocks``, in the order of a recording."""
        self._sources = {name: sources[name] for name in self.arrays if name in sources}
        edges = np.unique(np.empty(0, np.int64) if sequences is None else sequences)
        self._edges = edges[1:] - 1 if self.direction == "backward" else edges[:-1]
        self.largest_hidden = self.largest_error = 0.0
        self.unchanged: list[Mask] = []
        self._first: list[Floats] = []
        self._hashes: list[Rows] = []
        rounding = max(source.precision for source in self._sources.values())
        self.tolerance = max(TOLERANCE, _ROUNDINGS * rounding)
        places = {name: source.place for name, source in self._sources.items()}
        self.cell = cell
        self._bounds = CellBounds(
            cell if description.bounded else None, places, 10 * self.tolerance
        )
        self._last: dict[str, Floats] = {}
        self._unreadable: list[RecordingFault] = []
        self._rejected: dict[tuple[str, str], RejectedValues] = {}

    @property
    def faults(self) -> list[RecordingFault]:
        """Everything wrong with the rows read so far."""
        rejected = [
            fault
            for (name, expected), each in self._rejected.items()
            for fault in each.faults
            if not (self._bounds.swapped and (name, expected) == ("hidden", _TANH[0]))
        ]
        return [*self._unreadable, *rejected, *self._bounds.faults]

    def blocks(self, rows: int) -> Iterator[Mapping[str, Floats]]:
        """All rows, ``rows`` at a time: float32[rows, units] by name.

        From where an array cannot be read, it is missing and ``faults`` has the reason.
        """
        streams = {name: source.blocks(rows) for name, source in self._sources.items()}
        first, block = 0, self._next(streams)
        while block:
            following = self._next(streams) if self.direction == "backward" else None
            yield self._check(block, following or {}, first)
            first += len(next(iter(block.values())))
            block = self._next(streams) if following is None else following

    def _next(self, streams: dict[str, Iterator[Array]]) -> dict[str, Floats]:
        """The next block of each; streams that end are removed."""
        block = {}
        for name, stream in list(streams.items()):
            try:
                block[name] = next(stream).astype("<f4", copy=False)
            except StopIteration:
                del streams[name]
            except UnreadableError as error:
                self._unreadable.append(error.fault)
                del streams[name]
        return block

    def _check(
        self, block: Mapping[str, Floats], following: Mapping[str, Floats], first: int
    ) -> Mapping[str, Floats]:
        """The block with changes computed; ``following`` is the next one of a backward layer."""
        checked = {}
        with np.errstate(invalid="ignore"):  # values that are not finite are faults already
            before = {state: self._before(state, block, following, first) for state in self.states
                      if state in block}  # fmt: skip
            for name in self.arrays:
                state = name.removesuffix("_delta")
                if name != state and state in block:
                    checked[name] = self._changes(state, block, before[state], first)
                elif name in block:
                    checked[name] = block[name]
                    self._check_values(name, block[name], first)
            self._check_parts(checked, first)
            self._check_bounds(block, before, first)
            self._keep_first_states(block, first)
        self._note_unchanged(checked)
        return checked

    def _check_bounds(
        self, block: Mapping[str, Floats], before: Mapping[str, Floats], first: int
    ) -> None:
        rows = len(next(iter(block.values())))
        is_start = np.zeros(rows, bool)
        is_start[self._starts(first, first + rows)] = True
        if self._sequences is None:  # nobody knows what came before
            before = {state: np.full_like(values, np.nan) for state, values in before.items()}
        elif not self._description.starts_from_zero:
            before = {state: np.where(is_start[:, None], np.nan, values)
                      for state, values in before.items()}  # fmt: skip
        self._bounds.add(Steps(block, before, is_start), first)

    def first_states(self) -> Floats:
        """The states after the first words of the first sequences: float32[sequences, units]."""
        return np.concatenate(self._first) if self._first else np.empty((0, self.units), np.float32)

    def _keep_first_states(self, block: Mapping[str, Floats], first: int) -> None:
        state = next((block[name] for name in self.states if name in block), None)
        if state is not None and sum(map(len, self._first)) < MOST_FIRST_STATES:
            self._first.append(state[self._starts(first, first + len(state))])
        if state is not None and len(self._edges) == 1:
            rounded = np.round(np.nan_to_num(state[:, :_HASHED_UNITS]) * _HASHED_STEPS)
            self._hashes.append(rounded.astype(np.int64) @ _FACTORS[: rounded.shape[1]])

    def state_hashes(self) -> Rows:
        """int64[tokens], equal where the rounded state is, of a recording of one sequence; empty
        of others."""
        return np.concatenate([np.empty(0, np.int64), *self._hashes])

    def _note_unchanged(self, checked: Mapping[str, Floats]) -> None:
        deltas = [values for name, values in checked.items() if name.endswith("_delta")]
        if deltas:
            still = np.all([values[:, 0] == 0 for values in deltas], axis=0)
            rows = np.flatnonzero(still)
            still[rows] = np.all([(values[rows] == 0).all(axis=1) for values in deltas], axis=0)
            self.unchanged.append(still)

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
            extra = self.tolerance
            lowest, highest = -extra if is_gate else -1 - extra, 1 + extra
            if not (lowest <= low and high <= highest):
                beyond = ((values < lowest) | (values > highest)) & np.isfinite(values)
                self._reject(name, beyond, values, first, _GATE if is_gate else _TANH)

    def _before(
        self, state: str, block: Mapping[str, Floats], following: Mapping[str, Floats], first: int
    ) -> Floats:
        """The state that each row changed: that of the row read before it, zero at a start.

        Where the state before a sequence is not zero, it is that of the first row itself.
        """
        values = block[state]
        before, none = np.empty_like(values), np.zeros_like(values[0])
        if self.direction == "backward":
            before[:-1] = values[1:]
            before[-1] = following[state][0] if state in following else none
        else:
            before[1:] = values[:-1]
            before[0] = self._last.get(state, none)
            self._last[state] = values[-1].copy()
        starts = self._starts(first, first + len(values))
        before[starts] = 0 if self._description.starts_from_zero else values[starts]
        return before

    def _changes(
        self, state: str, block: Mapping[str, Floats], before: Floats, first: int
    ) -> Floats:
        """s_t - s_(t-1) of the rows; the given ones, once they have been compared.

        Where the state before a sequence is not zero, its first change is the given one, or 0.
        Where nobody knows the sequences, any row may begin one.
        """
        change = block[state] - before
        if f"{state}_delta" not in block:
            return change
        self._check_changes(state, block, change, first)
        return block[f"{state}_delta"]

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
        allowed = self.tolerance * (max(1.0, scale) if np.isfinite(scale) else 1.0)
        if largest <= allowed:
            self.largest_error = max(self.largest_error, largest)
            return
        wrong = ~(error <= allowed) & np.isfinite(change)
        is_start = np.zeros((len(values), 1), bool)
        is_start[starts] = True
        self._reject(name, wrong & is_start, given, first, _FIRST_CHANGE)
        self._reject(name, wrong & ~is_start, given, first, _CHANGE)

    def _check_parts(self, checked: Mapping[str, Floats], first: int) -> None:
        """Compares what was written and lost with the change, unless nobody knows it."""
        if self._sequences is None or not checked.keys() >= {"cell_delta", *CHANGE_PARTS}:
            return
        lost = checked["cell_lost"]
        error = np.abs(checked["cell_written"] + lost - checked["cell_delta"])
        if not self._description.starts_from_zero:
            error[self._starts(first, first + len(lost))] = 0
        allowed = self.tolerance * max(1.0, float(np.abs(checked["cell"]).max()))
        if not float(error.max()) <= allowed:
            self._reject("cell_lost", (error > allowed) & np.isfinite(error), lost, first, _PARTS)

    def _starts(self, first: int, stop: int) -> Rows:
        """The rows from ``first`` to ``stop`` that begin a sequence, counted from ``first``; for a
        backward layer, which reads from the end, those that end one; none of unknown sequences."""
        begin, end = np.searchsorted(self._edges, [first, stop])
        return self._edges[begin:end] - first


def _smaller_rows(first: Floats, second: Floats) -> Floats:
    """Of each row that of ``first`` or ``second`` with the smaller sum."""
    return np.where(
        second.sum(axis=1, keepdims=True) < first.sum(axis=1, keepdims=True), second, first
    )
