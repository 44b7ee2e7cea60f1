"""The states of a foreign recording, block by block: checked as they pass, changes worked out.

One pass over each array, whatever its length: checking a recording reads it once, and so does
importing it, with the same checks.
"""

from collections.abc import Iterator, Mapping

import numpy as np
import numpy.typing as npt

from rnnvis_assets.recording_import.checks.recording_faults import Fault, FaultError, Tally
from rnnvis_assets.recording_import.contents.recording_description import Description
from rnnvis_assets.recording_import.contents.sequence_boundaries import Starts
from rnnvis_assets.recording_import.formats.array_source import Source
from warehouse.recording_schema import RECORDED_ARRAYS

Floats = npt.NDArray[np.float32]

MAXIMUM_ERROR = 1e-4
"""Of a change that is given (times the largest state around it, where that is more than 1), and
beyond ±1 of a state that is said to be a tanh's."""


class ArrayChecks:
    """What must hold of each number of one array; ``low`` and ``high`` bound it (None: nothing)."""

    def __init__(self, place: str, bound: tuple[float, float] | None, mend: str) -> None:
        self._low, self._high = bound or (-np.inf, np.inf)
        self._finite = Tally(
            place, "finite numbers", "find out why the network gave them, and record it again"
        )
        self._bounded = Tally(place, f"values from {self._low:g} to {self._high:g}", mend)
        self.largest = 0.0

    def watch(self, values: Floats, first_row: int) -> None:
        """Takes the next rows. Two passes over sound ones, masks only where something is wrong."""
        low, high = float(values.min()), float(values.max())
        self.largest = max(self.largest, high, -low)
        if not (np.isfinite(low) and np.isfinite(high)):
            self._finite.take(~np.isfinite(values), values, first_row)
        if not (self._low - MAXIMUM_ERROR <= low and high <= self._high + MAXIMUM_ERROR):
            beyond = (values < self._low - MAXIMUM_ERROR) | (values > self._high + MAXIMUM_ERROR)
            self._bounded.take(beyond & np.isfinite(values), values, first_row)

    @property
    def faults(self) -> list[Fault]:
        return [*self._finite.faults, *self._bounded.faults]


class Changes:
    """s_t - s_(t-1) of one state, for blocks that follow one another; the given ones are checked.

    ``from_zero``: the state before every sequence is zero. Where it is not, the change of a
    sequence's first step is what is given, and without that nothing is known of it: it counts as 0.
    """

    def __init__(self, place: str, *, from_zero: bool) -> None:
        self._from_zero = from_zero
        self._last: Floats | None = None
        mend = "write s_t - s_(t-1), or leave the changes out: they are worked out"
        self._wrong = Tally(place, "the state less the one before", mend)
        mend = "say starts_from_zero: false in recording.yaml, or begin every sequence from zero"
        self._start = Tally(place, "the state itself, in the first step of a sequence", mend)
        self.largest_error = 0.0

    def of(self, values: Floats, starts: Starts, given: Floats | None, first_row: int) -> Floats:
        """The changes of the next rows; ``starts``, counted from the first of them, are those in
        which a sequence begins or may begin. Where it may, what is given may be either change."""
        change = self._steps(values)
        change[starts.known] = values[starts.known] if self._from_zero else 0
        if given is None:
            return change
        error = np.abs(given - change)
        if self._from_zero:
            at = starts.possible
            error[at] = _smaller_rows(error[at], np.abs(given[at] - values[at]))
        else:
            error[starts.known] = error[starts.possible] = 0
        wrong = self._mistakes(error, change, values)
        if wrong is not None:
            self._tell(wrong, given, starts.known, first_row)
        return given

    def _steps(self, values: Floats) -> Floats:
        """Each row less the one before it, as if all were one sequence."""
        change = np.empty_like(values)
        np.subtract(values[1:], values[:-1], out=change[1:])
        change[0] = values[0] if self._last is None else values[0] - self._last
        self._last = values[-1].copy()
        return change

    def _mistakes(
        self, error: Floats, change: Floats, values: Floats
    ) -> npt.NDArray[np.bool_] | None:
        """Which given changes are wrong; None where none is, which costs no mask."""
        largest, scale = float(error.max()), float(np.abs(values).max())
        allowed = MAXIMUM_ERROR * (max(1.0, scale) if np.isfinite(scale) else 1.0)
        if largest <= allowed:
            self.largest_error = max(self.largest_error, largest)
            return None
        # States that are not finite have been told of themselves.
        return ~(error <= allowed) & np.isfinite(change)

    def _tell(
        self,
        wrong: npt.NDArray[np.bool_],
        given: Floats,
        starts: npt.NDArray[np.intp],
        first_row: int,
    ) -> None:
        begins = np.zeros((len(given), 1), bool)
        begins[starts] = True
        self._start.take(wrong & begins, given, first_row)
        self._wrong.take(wrong & ~begins, given, first_row)

    @property
    def faults(self) -> list[Fault]:
        return [*self._start.faults, *self._wrong.faults]


def _smaller_rows(first: Floats, second: Floats) -> Floats:
    """Of each row that of ``first`` or ``second`` whose numbers add up to less."""
    return np.where(
        second.sum(axis=1, keepdims=True) < first.sum(axis=1, keepdims=True), second, first
    )


class LayerReader:
    """One layer's arrays as they are recorded, all of one shape, checked as they are read.

    ``largest_hidden`` and ``largest_error`` (of given changes) cover what was read so far.
    """

    def __init__(
        self, layer: int, arrays: Mapping[str, Source], described: Description, starts: Starts
    ) -> None:
        self.layer, self._starts = layer, starts
        self._sources = {name: arrays[name] for name in RECORDED_ARRAYS if name in arrays}
        self.states = tuple(name for name in ("hidden", "cell") if name in arrays)
        self._broken_off: list[Fault] = []
        of_states = {f"{state}_delta" for state in self.states}
        self._checks = {
            name: ArrayChecks(source.place, *_bound(name, bounded=described.bounded))
            for name, source in self._sources.items()
            if name not in of_states
        }
        self._changes = {
            state: Changes(self._place_of_changes(state), from_zero=described.starts_from_zero)
            for state in self.states
        }

    def _place_of_changes(self, state: str) -> str:
        source: Source = self._sources.get(f"{state}_delta") or self._sources[state]
        return source.place

    @property
    def arrays(self) -> tuple[str, ...]:
        """What ``blocks`` gives, in the order of a recording."""
        there = {*self._sources, *(f"{state}_delta" for state in self.states)}
        return tuple(name for name in RECORDED_ARRAYS if name in there)

    @property
    def units(self) -> int:
        return next(iter(self._sources.values())).shape[1]

    @property
    def faults(self) -> list[Fault]:
        """Everything wrong with the rows read so far."""
        of_arrays = [fault for checks in self._checks.values() for fault in checks.faults]
        of_changes = [fault for changes in self._changes.values() for fault in changes.faults]
        return [*self._broken_off, *of_arrays, *of_changes]

    @property
    def largest_hidden(self) -> float:
        return self._checks["hidden"].largest if "hidden" in self._checks else 0.0

    @property
    def largest_error(self) -> float:
        return max((changes.largest_error for changes in self._changes.values()), default=0.0)

    def blocks(self, rows: int) -> Iterator[Mapping[str, Floats]]:
        """All rows, ``rows`` at a time: float32[rows, units] by name.

        An array whose file cannot be read on is missing from there on; ``faults`` grows on the way.
        """
        streams = {name: source.blocks(rows) for name, source in self._sources.items()}
        first = 0
        while block := self._next(streams):
            yield self._watch(block, first)
            first += len(next(iter(block.values())))

    def _next(self, streams: dict[str, Iterator[Floats]]) -> dict[str, Floats]:
        """The next block of each; streams that end are taken out."""
        block = {}
        for name, stream in list(streams.items()):
            try:
                block[name] = next(stream)
            except StopIteration:
                del streams[name]
            except FaultError as error:
                self._broken_off.append(error.fault)
                del streams[name]
        return block

    def _watch(self, block: Mapping[str, Floats], first: int) -> Mapping[str, Floats]:
        for name in self._checks.keys() & block.keys():
            self._checks[name].watch(block[name], first)
        rows = len(next(iter(block.values())))
        starts = self._starts.within(first, first + rows)
        with np.errstate(invalid="ignore"):  # what is not finite has been told
            changes = {
                f"{state}_delta": self._changes[state].of(
                    block[state], starts, block.get(f"{state}_delta"), first
                )
                for state in self.states
                if state in block
            }
        every = {**block, **changes}
        return {name: every[name] for name in self.arrays if name in every}


def _bound(name: str, *, bounded: bool) -> tuple[tuple[float, float] | None, str]:
    """Between what an array's values must lie, and what to do where they do not."""
    if name == "keep_gate":
        return (0.0, 1.0), "write the gate after its sigmoid; leave out what is no gate"
    if name == "hidden" and bounded:
        return (-1.0, 1.0), "say bounded: false in recording.yaml where h is not that of a tanh"
    return None, ""
