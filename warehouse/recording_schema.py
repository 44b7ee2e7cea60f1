"""The layers of a recording and their columns, one row per token (docs/design.md, Recording)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, product
from types import MappingProxyType
from typing import Literal, get_args

import pyarrow as pa

from warehouse.errors import ReleaseError

CHANGE_PARTS = ("cell_written", "cell_lost")
"""What of a matrix memory's change was stored, and what decay and erasing took; they add up."""
RECORDED_ARRAYS = ("hidden", "hidden_delta", "cell", "cell_delta", *CHANGE_PARTS, "keep_gate")
SCALARS: Mapping[str, pa.DataType] = MappingProxyType(
    {"sequence": pa.int32(), "position": pa.int32(), "token": pa.int64(), "word_id": pa.int32()}
)
STATES = ("hidden", "cell")
"""The states that are recorded."""
CELL_OUTPUT = "cell_output"
"""tanh(c) of an LSTM, which its output gate lets through as h: made of a recorded c on reading."""
AnalysedState = Literal["hidden", "cell_output", "cell"]
Direction = Literal["forward", "backward"]
Precision = Literal["float32", "float16"]
"""How recorded numbers are stored; they are float32 again when they are read."""
Layout = Literal["rows", "unit_blocks"]
"""The columns of the files: one an array, or one for every few of its units."""
BYTES_OF_A_NUMBER: Mapping[Precision, int] = MappingProxyType({"float32": 4, "float16": 2})


def recorded_arrays(given: Collection[str]) -> tuple[str, ...]:
    """Those ``given`` and the changes of the states among them, in the order of a recording."""
    wanted = {*given, *(f"{state}_delta" for state in STATES if state in given)}
    return tuple(name for name in RECORDED_ARRAYS if name in wanted)


@dataclass(frozen=True)
class LayerShape:
    """One layer: its name, its number of units, and which of ``RECORDED_ARRAYS`` are kept of it.

    ``cell`` says what it computes (``lstm``, say), None where nobody knows. A ``backward`` layer
    reads a sequence from its end, so its change at a word is the state there less that of the word
    after it, and its state is zero after the last word.
    """

    name: str
    units: int
    arrays: tuple[str, ...]
    cell: str | None = None
    direction: Direction = "forward"

    @property
    def is_matrix_memory(self) -> bool:
        """Whether its cell is a reading of a matrix, whose changes are split into parts."""
        return "cell_written" in self.arrays

    def read_by(self, readers: int) -> "LayerShape":
        """The layer with as many readers of each unit of a matrix memory."""
        return replace(self, units=self.units * readers) if self.is_matrix_memory else self

    @property
    def states(self) -> tuple[str, ...]:
        """The states that are recorded: hidden, and cell for an LSTM or a matrix memory."""
        return tuple(name for name in STATES if name in self.arrays)

    def analysed(self, states: Collection[str]) -> tuple[str, ...]:
        """Those of ``states`` (``AnalysedState``) that the layer has, an LSTM's c last."""
        has_output = "cell" in self.arrays and not self.is_matrix_memory
        own = {*self.states, CELL_OUTPUT} if has_output else {*self.states}
        return tuple(state for state in get_args(AnalysedState) if state in own & {*states})

    @property
    def gated_state(self) -> str | None:
        """The state that the keep gate acts on, if any: an LSTM's c, a GRU's h."""
        return self.states[-1] if "keep_gate" in self.arrays else None


@dataclass(frozen=True)
class RecordingFormat:
    """How the files of a recording are stored. A column of the layout ``unit_blocks`` has at most
    ``block_units`` units."""

    precision: Precision = "float32"
    layout: Layout = "rows"
    block_units: int = 128

    def bytes_of(self, layer: LayerShape) -> int:
        """About the bytes of one row of a layer."""
        derives = (self.precision, self.layout) == ("float32", "unit_blocks")
        changes = [f"{state}_delta" for state in layer.states if derives]
        stored = [name for name in layer.arrays if name not in changes]
        return BYTES_OF_A_NUMBER[self.precision] * layer.units * len(stored)

    def blocks(self, units: int) -> tuple[slice, ...]:
        """The ranges of units that are columns of their own, of about equal widths."""
        number = 1 if self.layout == "rows" else -(-units // self.block_units)
        return split_units(units, number)


ROWS_OF_FLOAT32 = RecordingFormat()


def split_units(units: int, number: int) -> tuple[slice, ...]:
    """As many ranges of units, of about equal widths."""
    bounds = [units * part // number for part in range(number + 1)]
    return tuple(slice(*pair) for pair in pairwise(bounds))


def block_name(array: str, block: slice) -> str:
    """The column with some units of an array in the layout ``unit_blocks``."""
    return f"{array}_{block.start}"


def stacked_layers(
    units: Sequence[int], arrays: tuple[str, ...], cell: str | None = None
) -> tuple[LayerShape, ...]:
    """Layers of one kind, one upon the other, named by their number."""
    return tuple(
        LayerShape(f"layer {number}", size, arrays, cell) for number, size in enumerate(units)
    )


def common_units(layers: Sequence[LayerShape]) -> int | None:
    """The number of units that all layers have; None where they differ."""
    sizes = {layer.units for layer in layers}
    return sizes.pop() if len(sizes) == 1 else None


def recording_schema(layer: LayerShape, stored: RecordingFormat = ROWS_OF_FLOAT32) -> pa.Schema:
    """The Arrow schema of one layer's recording (docs/design.md, Recording), one row a token.

    Its arrays are a subset of ``RECORDED_ARRAYS``, in that order. Raises ReleaseError otherwise.
    """
    units, arrays = layer.units, layer.arrays
    if tuple(name for name in RECORDED_ARRAYS if name in arrays) != arrays:
        raise ReleaseError(f"recorded arrays {arrays}: expected a subset of {RECORDED_ARRAYS}")
    fields = [pa.field(name, kind, nullable=False) for name, kind in SCALARS.items()]
    item = pa.field("item", pa.type_for_alias(stored.precision), nullable=False)
    for name, block in product(arrays, stored.blocks(units)):
        column = name if stored.layout == "rows" else block_name(name, block)
        fields.append(pa.field(column, pa.list_(item, block.stop - block.start), nullable=False))
    return pa.schema(fields)
