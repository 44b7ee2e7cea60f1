"""The layers of a recording and their columns, one row per token (docs/design.md, Recording)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal, get_args

import pyarrow as pa

from warehouse.errors import ReleaseError

CHANGE_PARTS = ("cell_written", "cell_lost")
"""What of a matrix memory's change was stored, and what decay and erasing took; they add up."""
RECORDED_ARRAYS = ("hidden", "hidden_delta", "cell", "cell_delta", *CHANGE_PARTS, "keep_gate")
STATES = ("hidden", "cell")
"""The states that are recorded."""
CELL_OUTPUT = "cell_output"
"""tanh(c) of an LSTM, which its output gate lets through as h: made of a recorded c on reading."""
AnalysedState = Literal["hidden", "cell_output", "cell"]
Direction = Literal["forward", "backward"]
Precision = Literal["float32", "float16"]
"""How recorded numbers are stored; they are float32 again when they are read."""
BYTES_OF_A_NUMBER: Mapping[Precision, int] = MappingProxyType({"float32": 4, "float16": 2})


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


def recording_schema(layer: LayerShape, precision: Precision = "float32") -> pa.Schema:
    """The Arrow schema of one layer's recording (docs/design.md, Recording), one row a token.

    Its arrays are a subset of ``RECORDED_ARRAYS``, in that order. Raises ReleaseError otherwise.
    """
    units, arrays = layer.units, layer.arrays
    if tuple(name for name in RECORDED_ARRAYS if name in arrays) != arrays:
        raise ReleaseError(f"recorded arrays {arrays}: expected a subset of {RECORDED_ARRAYS}")
    scalars = (
        ("sequence", pa.int32()),
        ("position", pa.int32()),
        ("token", pa.int64()),
        ("word_id", pa.int32()),
    )
    fields = [pa.field(name, kind, nullable=False) for name, kind in scalars]
    item = pa.field("item", pa.type_for_alias(precision), nullable=False)
    fields += [pa.field(name, pa.list_(item, units), nullable=False) for name in arrays]
    return pa.schema(fields)
