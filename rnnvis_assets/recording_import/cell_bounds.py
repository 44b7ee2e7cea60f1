"""Bounds that the equations of a cell set to what it records; right recordings never break them.

An LSTM has h = o tanh(c) and c = f c' + i g with gates from 0 to 1 and g within ±1 (Hochreiter and
Schmidhuber 1997; Gers et al. 2000), so |h| <= tanh|c| and |c - f c'| <= 1. A GRU in the convention
of PyTorch and Keras has h = (1 - z) n + z h' with n within ±1 (Cho et al. 2014), so
|h - z h'| <= 1 - z. What breaks a bound usually obeys it in another role, which is then named.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from rnnvis_assets.recording_import.recording_faults import Mask, RecordingFault

Floats = npt.NDArray[np.float32]
Sides = tuple[Floats, Floats]
"""Of an inequality: the first is at most the second."""

SWAPPED = "hidden and cell look swapped: exchange the two arrays"
SQUASHED = "cell looks as if it had had its tanh already: write c itself"
COMPLEMENT = "1 - keep_gate obeys the bound: write the fraction of the old state that is kept"
RESTART = "the state looks as if it had restarted from zero there: give sequence_lengths"
RUNS_ON = (
    "only first steps of sequences break it, as if the state ran on: write starts_from_zero: false "
    "in recording.yaml, or correct the lengths of the sequences"
)
_OTHER_CELL = "write cell: other in recording.yaml where the cell computes something else"
OTHER_STATES = f"write h and c of the same step, layer and unit; {_OTHER_CELL}"
OTHER_GATE = (
    f"another gate looks written as keep_gate: write the one of the old state; {_OTHER_CELL}"
)
FORGET_GATE = f"{OTHER_GATE}, or cell: lstm where an LSTM's forget gate and no c is recorded"

_FEW = 0.05
"""Of the broken values; a cause that leaves more of them broken explains nothing."""


@dataclass(frozen=True)
class Steps:
    """Some rows of one layer: the recorded ``arrays``, the states ``before`` each row (NaN where
    nobody knows them), all float32[rows, units], and which rows are ``starts`` of sequences."""

    arrays: Mapping[str, Floats]
    before: Mapping[str, Floats]
    starts: Mask


def _output(hidden: Floats, cell: Floats) -> Sides:
    return np.abs(hidden), np.tanh(np.abs(cell))


def _output_causes(steps: Steps) -> dict[str, Sides]:
    hidden, cell = steps.arrays["hidden"], steps.arrays["cell"]
    beyond_tanh = np.where(np.abs(cell) > 1, np.inf, np.abs(hidden)).astype(np.float32)
    return {SWAPPED: _output(cell, hidden), SQUASHED: (beyond_tanh, np.abs(cell))}


def _update(state: str, gate: Floats, steps: Steps, before: Floats | None = None) -> Sides:
    before = steps.before[state] if before is None else before
    ceiling = np.ones_like(gate) if state == "cell" else 1 - gate
    return np.abs(steps.arrays[state] - gate * before), ceiling


def _update_causes(state: str, steps: Steps) -> dict[str, Sides]:
    gate = steps.arrays["keep_gate"]
    beyond, ceiling = _update(state, gate, steps, np.zeros_like(gate))
    restarted = np.any(beyond > ceiling + 1e-3, axis=1, keepdims=True) | steps.starts[:, None]
    others = np.where(steps.starts[:, None], np.float32(0), np.float32(np.inf))
    return {
        RUNS_ON: (np.broadcast_to(others, gate.shape), ceiling),
        RESTART: (np.where(restarted, np.float32(np.inf), beyond), ceiling),
        COMPLEMENT: _update(state, 1 - gate, steps),
    }


@dataclass
class _Bound:
    """``sides`` of the inequality, and by repair those which hold where it is the right one."""

    place: str
    names: tuple[str, str]
    expected: str
    otherwise: str
    sides: Callable[[Steps], Sides]
    causes: Callable[[Steps], dict[str, Sides]]
    first: str = ""
    broken: int = 0
    left: dict[str, int] = field(default_factory=dict)

    def add(self, steps: Steps, usable: Mask, first_row: int, allowed: float) -> None:
        left, right = self.sides(steps)
        broken = (left > right + allowed) & usable & np.isfinite(left)
        if not broken.any():
            return
        if not self.broken:
            row, unit = np.argwhere(broken)[0].tolist()
            at = f"at row {first_row + row:,}, unit {unit}"
            self.first = f"{left[row, unit]:.4g} where {right[row, unit]:.4g} is the most {at}"
        self.broken += int(np.count_nonzero(broken))
        for repair, (lower, upper) in self.causes(steps).items():
            wrong = int(np.count_nonzero(broken & ~(lower <= upper + allowed)))
            self.left[repair] = self.left.get(repair, 0) + wrong

    @property
    def fault(self) -> RecordingFault:
        """With the likeliest cause as its repair."""
        likely = [repair for repair, left in self.left.items() if left <= _FEW * self.broken]
        more = f" (the first of {self.broken:,})" if self.broken > 1 else ""
        repair = min(likely, key=self.left.__getitem__, default=self.otherwise)
        return RecordingFault(self.place, self.first + more, self.expected, repair)


def guess_cell(arrays: Collection[str]) -> str | None:
    """The cell that records such arrays; None where any does."""
    if "cell_written" in arrays:  # a matrix memory
        return None
    if "cell" in arrays:
        return "lstm"
    return "gru" if "keep_gate" in arrays else None


def _bounds(cell: str | None, places: Mapping[str, str]) -> list[_Bound]:
    """Those of the arrays at ``places`` by name, as far as the ``cell`` has any."""
    bounds = []
    if cell == "lstm" and {"hidden", "cell"} <= places.keys():
        expected = "|h| <= tanh|c|, since an LSTM's h is o tanh(c)"
        bounds.append(_Bound(
            places["hidden"], ("hidden", "cell"), expected, OTHER_STATES,
            lambda steps: _output(steps.arrays["hidden"], steps.arrays["cell"]), _output_causes,
        ))  # fmt: skip
    state = {"lstm": "cell", "gru": "hidden"}.get(cell or "")
    if state and {state, "keep_gate"} <= places.keys():
        expected = {
            "cell": "|c - f c'| <= 1 with the c' before, since an LSTM's c is f c' + i g",
            "hidden": "|h - z h'| <= 1 - z with the h' before, since a GRU's h is (1 - z) n + z h'",
        }[state]
        bounds.append(_Bound(
            places["keep_gate"], (state, "keep_gate"), expected,
            OTHER_GATE if state == "cell" else FORGET_GATE,
            lambda steps: _update(state, steps.arrays["keep_gate"], steps),
            lambda steps: _update_causes(state, steps),
        ))  # fmt: skip
    return bounds


class CellBounds:
    """Counts the values of one layer that break a bound of its ``cell``, if it has any.

    ``places`` by array name; ``tolerance`` is allowed beyond a bound, times the largest state.
    """

    def __init__(self, cell: str | None, places: Mapping[str, str], tolerance: float) -> None:
        self._tolerance, self._bounds = tolerance, _bounds(cell, places)

    def add(self, steps: Steps, first_row: int) -> None:
        """Counts the next rows; values that are faults by themselves are passed over."""
        arrays = steps.arrays
        for bound in self._bounds:
            if not arrays.keys() >= set(bound.names):
                continue
            usable = np.isfinite(arrays[bound.names[0]]) & np.isfinite(arrays[bound.names[1]])
            if "hidden" in bound.names:
                usable &= np.abs(arrays["hidden"]) <= 1 + self._tolerance
            if "keep_gate" in bound.names:
                usable &= (arrays["keep_gate"] >= 0) & (arrays["keep_gate"] <= 1)
            states = np.abs(arrays[bound.names[0]])
            scale = max(1.0, float(states[usable].max(initial=0)))
            bound.add(steps, usable, first_row, self._tolerance * scale)

    @property
    def swapped(self) -> bool:
        """Whether h and c have changed places, which explains whatever else is wrong with them."""
        return any(fault.repair == SWAPPED for fault in self._faults)

    @property
    def _faults(self) -> list[RecordingFault]:
        return [bound.fault for bound in self._bounds if bound.broken]

    @property
    def faults(self) -> list[RecordingFault]:
        """One for each broken bound; for states that have changed places one in all."""
        return self._faults[:1] if self.swapped else self._faults
