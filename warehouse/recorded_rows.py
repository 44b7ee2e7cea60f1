"""The columns of some rows of a recording, however its files store them.

Belongs here: what is put together of blocks of units, and what is computed of other columns. Does
not belong here: finding the files (see ``recordings``).
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from types import MappingProxyType

import numpy as np

from warehouse.arrays import AnyArray, Float32Array, Int32Array
from warehouse.plain_parquet_file import PlainParquetFile
from warehouse.recording_schema import (
    CELL_OUTPUT,
    SCALARS,
    LayerShape,
    RecordingFormat,
    block_name,
)

ALL_UNITS = slice(None)
_COMPUTED: Mapping[str, str] = MappingProxyType(
    {CELL_OUTPUT: "cell", f"{CELL_OUTPUT}_delta": "cell_delta"}
)
"""Columns that no file has, each with what it needs."""


def unknown_columns(columns: Collection[str], layer: LayerShape) -> list[str]:
    """Those that neither are recorded of a layer nor can be computed of what is."""
    known = {*SCALARS, *layer.arrays}
    return [each for name in columns if (each := _COMPUTED.get(name, name)) not in known]


def changes_of(states: Float32Array, position: Int32Array, before: Float32Array) -> Float32Array:
    """What each row of float32[rows, units] adds to the one before it, ``before`` float32[units]
    the first; the state is zero before position 0."""
    changes = np.empty_like(states)
    np.subtract(states[0], before, out=changes[0])
    np.subtract(states[1:], states[:-1], out=changes[1:])
    starts = position == 0
    changes[starts] = states[starts]
    return changes


def cell_output_change(cell: Float32Array, change: Float32Array) -> Float32Array:
    """The change of tanh(c), from c after a step and its change."""
    output: Float32Array = np.tanh(cell) - np.tanh(cell - change)
    return output


class RecordedRows:
    """The rows of some ``groups`` of an opened part, of some ``units``, by column: scalars [rows],
    states float32[rows, units]. Each is read once, when it is first asked for.

    ``before`` gives the state of a name, float32[units], in the row before the first.
    """

    def __init__(
        self,
        file: PlainParquetFile,
        groups: Sequence[int],
        layer: LayerShape,
        stored: RecordingFormat,
        units: slice,
        before: Callable[[str], Float32Array],
    ) -> None:
        self._file, self._groups, self._before = file, groups, before
        self._layer, self._stored, self._units = layer, stored, units
        self._found: dict[str, AnyArray] = {}

    def __getitem__(self, name: str) -> AnyArray:
        if name not in self._found:
            self._found[name] = self._make(name)
        return self._found[name]

    def _make(self, name: str) -> AnyArray:
        if name == CELL_OUTPUT:
            return np.tanh(self["cell"])
        if name == f"{CELL_OUTPUT}_delta":
            return cell_output_change(self["cell"], self["cell_delta"])
        if name in SCALARS:
            return self._file.read(name, self._groups)
        names, blocks = self._file.schema.names, self._stored.blocks(self._layer.units)
        if name in names:
            values = self._file.read(name, self._groups)[:, self._units]
        elif block_name(name, blocks[0]) in names:
            values = self._join(name, blocks)
        else:
            values = self._change_of(name.removesuffix("_delta"))
        return values.astype(np.float32) if values.dtype == np.float16 else values

    def _join(self, name: str, blocks: Sequence[slice]) -> AnyArray:
        first, last, _ = self._units.indices(self._layer.units)
        wanted = [block for block in blocks if block.start < last and block.stop > first]
        read = [self._file.read(block_name(name, block), self._groups) for block in wanted]
        values = read[0] if len(read) == 1 else np.concatenate(read, axis=1)
        return values[:, first - wanted[0].start : last - wanted[0].start]

    def _change_of(self, state: str) -> Float32Array:
        states, position = self[state], self["position"]
        before = self._before(state) if position[0] else np.zeros_like(states[0])
        return changes_of(states, position, before)
