"""Lanes that one thread records: a block is read, checked and written before the next."""

from collections.abc import Callable, Mapping, Sequence
from threading import Event
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from rnnvis_assets.recording.checks import RowChecks
from rnnvis_assets.recording.layers import Layer
from rnnvis_assets.recording.layout import Lane, Layout
from rnnvis_assets.recording.sequences import sequence_and_position
from rnnvis_assets.recording.states import StateReader
from warehouse.recording_writer import RecordingWriter

Scalars = Mapping[str, npt.NDArray[Any]]
"""sequence, position, token and word_id of some rows of a lane."""


class LaneGroup:
    """Some lanes of a recording, side by side. ``checks[layer][lane]`` has seen their rows."""

    def __init__(
        self,
        embedding: Tensor,
        layers: Sequence[Layer],
        word_ids: npt.NDArray[np.int32],
        layout: Layout,
        lanes: Sequence[Lane],
    ) -> None:
        self._word_ids, self._layout = word_ids, layout
        # Longest first, so that the lanes still running are always the first ones.
        self._lanes = sorted(lanes, key=len, reverse=True)
        self._reader = StateReader(embedding, layers, len(lanes), layout.steps)
        self.checks = [
            [RowChecks(number, layer.states, layer.units) for _ in lanes]
            for number, layer in enumerate(layers)
        ]

    def record(self, writer: RecordingWriter, advance: Callable[[int], None], stop: Event) -> None:
        """Writes every row of the lanes, unless ``stop`` is set meanwhile.

        ``advance`` hears how many tokens each block had. Raises what ``RowChecks`` finds wrong.
        """
        for begin in range(0, len(self._lanes[0]), self._layout.steps):
            if stop.is_set():
                return
            scalars = [self._scalars(lane, begin) for lane in self._lanes if len(lane) > begin]
            for layer, arrays in enumerate(self._reader.read(*_stack(scalars))):
                for lane, columns in enumerate(scalars):
                    states = {name: values[lane] for name, values in arrays.items()}
                    self._write(writer, layer, lane, columns, states)
            advance(sum(len(columns["token"]) for columns in scalars))

    def _scalars(self, lane: Lane, begin: int) -> Scalars:
        start = lane.start + begin
        stop = min(start + self._layout.steps, lane.stop)
        sequence, position = sequence_and_position(self._layout.sequences, start, stop)
        return {
            "sequence": sequence,
            "position": position,
            "token": np.arange(start, stop),
            "word_id": self._word_ids[start:stop],
        }

    def _write(
        self,
        writer: RecordingWriter,
        layer: int,
        lane: int,
        scalars: Scalars,
        states: Mapping[str, npt.NDArray[np.float32]],
    ) -> None:
        rows, first_token = len(scalars["token"]), int(scalars["token"][0])
        recorded = {name: values[:rows] for name, values in states.items()}
        self.checks[layer][lane].watch(recorded, scalars["position"], first_token)
        part = self._layout.part_of(self._lanes[lane], first_token)
        writer.append(layer, part, {**scalars, **recorded})


def _stack(lanes: Sequence[Scalars]) -> tuple[Tensor, Tensor]:
    """Words int64[lanes, steps] and starts bool[lanes, steps]; a shorter lane ends in word 0."""
    shape = (len(lanes), max(len(scalars["token"]) for scalars in lanes))
    words, starts = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=bool)
    for lane, scalars in enumerate(lanes):
        rows = len(scalars["token"])
        words[lane, :rows] = scalars["word_id"]
        starts[lane, :rows] = scalars["position"] == 0
    return torch.from_numpy(words), torch.from_numpy(starts)
