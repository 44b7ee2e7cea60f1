"""Checks of every recorded row, made while it is in memory."""

from collections.abc import Mapping, Sequence

import numpy as np

from warehouse.arrays import Float32Array, Float64Array, Int32Array, Int64Array
from warehouse.errors import RecordingError

Arrays = Mapping[str, Float32Array]


class RowChecks:
    """Checks the rows of one layer of one stream, in order.

    ``largest_hidden``: the largest |h|. ``largest_drift``: the largest |sum of a sequence's deltas
    - its state|, over all units and states, computed after every block and every sequence.
    """

    def __init__(self, layer: int, states: Sequence[str], units: int) -> None:
        self._layer = layer
        self._sums = {state: np.zeros(units) for state in states}
        self.largest_hidden = 0.0
        self.largest_drift = 0.0

    def watch(self, arrays: Arrays, position: Int32Array, first_token: int) -> None:
        """Takes the next rows. Raises RecordingError at the first state that is not finite."""
        starts = np.flatnonzero(position == 0)
        for state, sums in self._sums.items():
            values, delta = arrays[state], arrays[f"{state}_delta"]
            largest = max(float(values.max()), -float(values.min()))
            if not np.isfinite(largest):
                self._refuse(state, values, first_token)
            if state == "hidden":
                self.largest_hidden = max(self.largest_hidden, largest)
            self._sums[state] = self._add_up(sums, values, delta, starts)

    def _add_up(
        self,
        sums: Float64Array,
        values: Float32Array,
        delta: Float32Array,
        starts: Int64Array,
    ) -> Float64Array:
        begin = 0
        for end in [*starts[starts > 0].tolist(), len(values)]:
            carried = 0.0 if begin in starts else sums
            sums = carried + delta[begin:end].sum(axis=0, dtype=np.float64)
            self.largest_drift = max(
                self.largest_drift, float(np.abs(sums - values[end - 1]).max())
            )
            begin = end
        return sums

    def _refuse(self, state: str, values: Float32Array, first_token: int) -> None:
        row, unit = np.argwhere(~np.isfinite(values))[0].tolist()
        raise RecordingError(
            f"layer {self._layer}, unit {unit}: {state} is {values[row, unit]} at token "
            f"{first_token + row}, expected a finite number",
            repair="train the model again (a smaller learning rate, stronger clipping)",
        )
