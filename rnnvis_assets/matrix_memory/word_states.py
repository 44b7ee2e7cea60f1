"""From pieces to words: a word's state is that after its last piece."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

import numpy as np

from rnnvis_assets.matrix_memory.memory_source import TextInPieces
from rnnvis_assets.matrix_memory.sequence_blocks import SequenceBlock
from rnnvis_assets.recording.recording_plan import ROW_GROUP_BYTES, scalars_of
from rnnvis_assets.recording.row_checks import RowChecks
from warehouse.arrays import Float32Array, Int64Array
from warehouse.recording_schema import CHANGE_PARTS, STATES, LayerShape
from warehouse.recording_writer import RecordingWriter

Readings = Mapping[str, Float32Array]
"""Arrays of a recording by name, float32[rows, units]."""
_JOINED: Mapping[str, Callable[..., Float32Array]] = MappingProxyType(
    {**dict.fromkeys(CHANGE_PARTS, np.add.reduceat), "keep_gate": np.multiply.reduceat}
)
"""How what the pieces of a word did to the memory becomes what the word did."""


def states_at_words(readings: Readings, starts: Int64Array) -> dict[str, Float32Array]:
    """The arrays of a recording at the words of one sequence, of its ``readings`` (hidden, cell,
    cell_written, cell_lost, keep_gate) at every piece; ``starts`` int64[words], the first piece of
    each word."""
    pieces = len(readings["hidden"])
    last = np.append(starts[1:], pieces) - 1
    found: dict[str, Float32Array] = {}
    for name, values in readings.items():
        if name in STATES:
            found[name] = states = values[last]
            found[f"{name}_delta"] = np.diff(states, axis=0, prepend=np.zeros_like(states[:1]))
        else:
            is_single = len(starts) == pieces
            found[name] = values if is_single else _JOINED[name](values, starts, axis=0)
    return found


class RowBuffer:
    """Arrays of the rows of a block, filled in any order."""

    def __init__(self, rows: int) -> None:
        self._rows = rows
        self.arrays: dict[str, Float32Array] = {}

    def put(self, start: int, arrays: Readings) -> None:
        """Copies arrays to the rows from ``start`` on."""
        for name, values in arrays.items():
            if name not in self.arrays:
                self.arrays[name] = np.empty((self._rows, *values.shape[1:]), np.float32)
            self.arrays[name][start : start + len(values)] = values


class StateWriter:
    """Writes the states of blocks of a ``text``, checked on the way."""

    def __init__(
        self, writer: RecordingWriter, text: TextInPieces, layers: Sequence[LayerShape]
    ) -> None:
        self._writer, self._text, self._layers = writer, text, layers
        self.checks = [RowChecks(n, shape.states, shape.units) for n, shape in enumerate(layers)]

    def write(self, layer: int, block: SequenceBlock, arrays: Readings) -> None:
        """The arrays float32[words, units] of a block. Raises RecordingError for a state that is
        not finite."""
        words, shape = block.words, self._layers[layer]
        text = self._text
        scalars = scalars_of(text.sequences, text.word_ids[words.start : words.stop], words.start)
        self.checks[layer].watch(arrays, scalars["position"], words.start)
        columns = scalars | {name: arrays[name] for name in shape.arrays}
        step = max(1, ROW_GROUP_BYTES // (4 * shape.units))
        for start in range(0, len(words), step):
            group = {name: values[start : start + step] for name, values in columns.items()}
            self._writer.append(layer, block.part, group)
